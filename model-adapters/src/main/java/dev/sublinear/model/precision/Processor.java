package dev.sublinear.model.precision;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Processors by the layouts that libtorch's libraries choose for them. */
enum Processor {
    /** With tiles of bfloat16, beside {@link #AVX512_VNNI}. */
    AMX,
    AVX512_VNNI,
    AVX512,
    /** Also one that the operating system says nothing about. */
    OTHER;

    private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");
    private static final Set<String> AVX512_FLAGS = Set.of("avx512f", "avx512bw", "avx512dq", "avx512vl");

    /** The processor of this machine, as Linux describes it. */
    static Processor here() {
        if (!Files.isReadable(DESCRIPTION)) {
            return OTHER;
        }
        try (Stream<String> lines = Files.lines(DESCRIPTION, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(flags -> of(Arrays.asList(flags.split("\\s+"))))
                    .orElse(OTHER);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + DESCRIPTION, e);
        }
    }

    static Processor of(List<String> flags) {
        if (!flags.containsAll(AVX512_FLAGS)) {
            return OTHER;
        }
        if (!flags.contains("avx512_vnni")) {
            return AVX512;
        }
        return flags.contains("amx_bf16") ? AMX : AVX512_VNNI;
    }

    /** Whether oneDNN has products of bfloat16 for it, without instructions of its own for them, too. */
    boolean multipliesBfloat16() {
        return this != OTHER;
    }
}
