package dev.sublinear.model.decoder;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sources of TorchScript beside this class, as one text. */
final class ScriptSource {
    static final List<String> FILES = List.of(
            "linear.py",
            "packing.py",
            "table.py",
            "norm.py",
            "feed_forward.py",
            "chunk.py",
            "storage.py",
            "attention.py",
            "layer.py",
            "measure.py",
            "kernels.py");

    private static final Pattern CONSTANT = Pattern.compile("(?m)^([A-Z][A-Z0-9_]*) = (\\d+)$");
    private static final Pattern NAME = Pattern.compile("\\b[A-Z][A-Z0-9_]*\\b");

    private ScriptSource() {}

    /** Returns the text of all files, with the numbers of constants in place of their names. */
    static String text() {
        Map<String, Integer> constants = constants();
        StringBuilder text = new StringBuilder();
        for (String file : FILES) {
            text.append(read(file)).append("\n\n");
        }
        return NAME.matcher(text).replaceAll(name -> number(constants, name));
    }

    private static String number(Map<String, Integer> constants, MatchResult name) {
        Integer number = constants.get(name.group());
        return number == null ? Matcher.quoteReplacement(name.group()) : number.toString();
    }

    /** Returns the numbers of {@code constants.py} by name. */
    static Map<String, Integer> constants() {
        Map<String, Integer> constants = new LinkedHashMap<>();
        Matcher matcher = CONSTANT.matcher(read("constants.py"));
        while (matcher.find()) {
            constants.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
        }
        return constants;
    }

    static String read(String file) {
        try (InputStream in = ScriptSource.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("resource " + file + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + file, e);
        }
    }
}
