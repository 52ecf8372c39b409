package dev.sublinear.model.decoder;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source into the archive that libtorch loads, so that kernels are readable text and need no Python.
 *
 * <p>The archive is a ZIP of a pickled object without attributes, the classes as source text, and a version.
 */
final class ScriptArchive {
    private static final String ROOT = "kernels/";
    private static final String CLASS = "__torch__.Kernels";

    private ScriptArchive() {}

    /** Writes the classes of {@code source}, of which {@code Kernels} is the module. */
    static void write(Path file, String source) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            put(zip, "data.pkl", emptyObject());
            put(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'}); // protocol 2, empty tuple, stop
            put(zip, "code/__torch__.py", ascii(source));
            put(zip, "version", ascii("10\n"));
            put(zip, "byteorder", ascii("little"));
        }
    }

    /** The pickle of an object of the class whose only attribute is training=False. */
    private static byte[] emptyObject() {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes(new byte[] {(byte) 0x80, 2}); // protocol 2
        pickle.writeBytes(ascii("c" + CLASS.replace(".Kernels", "\nKernels\n"))); // the class
        pickle.writeBytes(new byte[] {')', (byte) 0x81, '}', '('}); // new object, empty dict, mark
        pickle.writeBytes(new byte[] {'X', 8, 0, 0, 0}); // a string of 8 bytes
        pickle.writeBytes(ascii("training"));
        pickle.writeBytes(new byte[] {(byte) 0x89, 'u', 'b', '.'}); // False, set items, build, stop
        return pickle.toByteArray();
    }

    /** libtorch reads entries in place: they must not be compressed. */
    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry(ROOT + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
