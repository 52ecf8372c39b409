package dev.sublinear.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.sampling.TokenConstraint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ReadmeTest {
    private static final Path ROOM = Path.of("src/main/java/dev/sublinear/engine/constraint");
    private static final Path THIS = Path.of("src/test/java/dev/sublinear/engine/constraint/ReadmeTest.java");

    @Test
    void example_compiled_doesWhatItsCommentsSay() throws JsonProcessingException {
        byte[][] vocabulary = {utf8("{\"age\":"), utf8("4"), utf8("2"), utf8("}"), utf8("hello")};
        Constraints constraints = new Constraints(vocabulary, Runnable::run); // once for each vocabulary
        JsonNode schema = new ObjectMapper().readTree("""
                {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}""");
        TokenConstraint.State state = constraints.jsonSchema(schema).begin(); // for each answer

        boolean word = state.allowed().allows(4); // false: no such document begins with hello
        state.advance(0); // {"age":
        state.advance(1); // 4
        boolean brace = state.allowed().allows(3); // true
        state.advance(3);
        boolean whole = state.mayEnd(); // true

        assertThat(List.of(word, brace, whole)).containsExactly(false, true, true);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void example_ofReadme_isTheOneOfThisTest() throws IOException {
        Matcher example = Pattern.compile("(?s)```java\n(.*?)```").matcher(readme());

        assertThat(example.find()).isTrue();
        assertThat(withoutSpace(Files.readString(THIS))).contains(withoutSpace(example.group(1)));
    }

    @Test
    void rooms_ofReadme_areThePackages() throws IOException {
        Set<String> named = new TreeSet<>();
        Pattern.compile("(?m)^\\| `(\\w+)` \\|").matcher(readme()).results().forEach(row -> named.add(row.group(1)));
        Set<String> packages = new TreeSet<>();
        try (Stream<Path> files = Files.list(ROOM)) {
            files.filter(Files::isDirectory)
                    .forEach(room -> packages.add(room.getFileName().toString()));
        }

        assertThat(named).isEqualTo(packages);
    }

    private static String readme() throws IOException {
        return Files.readString(ROOM.resolve("README.md"));
    }

    private static String withoutSpace(String text) {
        return text.replaceAll("\\s", "");
    }
}
