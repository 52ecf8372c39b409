package dev.sublinear.server.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DraftTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hello | false | hello",
                "one\\ | true | one\\",
                "one\\/two | false | one/two",
                "one \\/two\\/three | false | one /two/three",
                "C:\\dir | false | C:\\dir",
                "a \"\"\" b | false | a \"\"\" b",
                "\"\"\" | true | ``",
                "\"\"\"one | true | one",
                "\"\"\"one//two | true | one//two",
                "\"\"\"/one//two/\"\"\" | false | one//two",
                "\"\"\"one\"\"\" | false | one",
                "\"\"\"one\\/two\"\"\" | false | one\\/two",
                "\"\"\"one\"\"\" and more | false | one and more",
                "\"\"\"\"\"\" | false | ``",
            })
    void draft_lines_areOpenOrMeanAText(String written, boolean open, String text) {
        String lines = written.replace('/', '\n');

        assertThat(Draft.isOpen(lines)).isEqualTo(open);
        assertThat(Draft.text(lines)).isEqualTo(text.replace('/', '\n'));
    }
}
