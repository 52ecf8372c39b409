package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HubNameTest {
    @ParameterizedTest
    @CsvSource({
        "gpt2,gpt2,main,''",
        "org/name,org/name,main,''",
        "org/name@main,org/name,main,''",
        "org/name@v1.0,org/name,v1.0,''",
        "org/name@refs/pr/1,org/name,refs/pr/1,''",
        "org/name:Q4_K_M,org/name,main,Q4_K_M",
        "org/name:folder/model-00001-of-00002.gguf,org/name,main,folder/model-00001-of-00002.gguf",
        "org/Name_1.5-x@v1:Q8_0,org/Name_1.5-x,v1,Q8_0",
    })
    void parse_name_hasItsParts(String text, String repository, String revision, String part) {
        assertThat(HubName.parse(text)).isEqualTo(new HubName(repository, revision, part));
        assertThat(HubName.parse(HubName.parse(text).toString())).isEqualTo(HubName.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "org/",
                "/name",
                "./name",
                "../name",
                "a/b/c",
                "-org/name",
                "org/name-",
                "org/.name",
                "org/name.",
                "org/na--me",
                "org/na..me",
                "org/name.git",
                "org/na me",
                "org/näme",
                "org\\name",
                "~/name",
                "org/name@",
                "org/name@../../x",
                "org/name@a//b",
                "org/name@/etc",
                "org/name:",
                "org/name:../x.gguf",
                "org/name:/x.gguf",
                "org/name:a\\b.gguf",
                "org/name\n",
            })
    void parse_whatIsNoName_saysSo(String text) {
        assertThat(HubName.find(text)).isEmpty();
        assertThatThrownBy(() -> HubName.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a model on the hub: ")
                .hasMessageContaining(", was \"");
    }

    @ParameterizedTest
    @ValueSource(ints = {96, 97})
    void parse_longName_isAtMost96Characters(int length) {
        assertThat(HubName.find("org/" + "n".repeat(length - 4)).isPresent()).isEqualTo(length == 96);
    }
}
