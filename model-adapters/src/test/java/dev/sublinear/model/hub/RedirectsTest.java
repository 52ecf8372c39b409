package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.checkpoint.CheckpointException;
import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RedirectsTest {
    @ParameterizedTest
    @CsvSource({
        "https://hub.example,https://hub.example/a/b,/c?x=1,https://hub.example/c?x=1",
        "https://hub.example,https://hub.example/a/b,https://cdn.example/x?sig=1,https://cdn.example/x?sig=1",
        "https://hub.example,https://hub.example/a/b,//cdn.example/x,https://cdn.example/x",
        "http://hub.example,http://hub.example/a,http://cdn.example/x,http://cdn.example/x",
        "http://hub.example,http://hub.example/a,https://cdn.example/x,https://cdn.example/x",
    })
    void target_fromHubToStorage_isFollowed(String endpoint, URI from, String location, String target) {
        assertThat(new Redirects(URI.create(endpoint)).target(from, location)).hasToString(target);
    }

    @ParameterizedTest
    @CsvSource({
        "https://hub.example,https://hub.example/a,http://hub.example/x?sig=1",
        "https://hub.example,https://hub.example/a,http://cdn.example/x?sig=1",
        "http://hub.example,https://cdn.example/a,http://cdn.example/x?sig=1",
        "https://hub.example,https://hub.example/a,file:///etc/passwd?sig=1",
        "https://hub.example,https://hub.example/a,ftp://cdn.example/x?sig=1",
        "https://hub.example,https://hub.example/a,jar:https://cdn.example/x?sig=1",
        "https://hub.example,https://hub.example/a,https:opaque?sig=1",
        "https://hub.example,https://hub.example/a,https://user:sig=1@cdn.example/x",
        "https://hub.example,https://hub.example/a,https://cdn example/x?sig=1",
    })
    void target_lessSafeThanTheHub_isRefusedWithoutItsSecrets(String endpoint, URI from, String location) {
        assertThatThrownBy(() -> new Redirects(URI.create(endpoint)).target(from, location))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(from.getScheme() + "://" + from.getHost())
                .hasMessageContaining("redirects to ")
                .hasMessageNotContaining("sig=1")
                .hasNoCause();
    }

    @ParameterizedTest
    @CsvSource({
        "https://hub.example,https://HUB.example:443/a,true",
        "https://hub.example,https://hub.example:444/a,false",
        "https://hub.example,http://hub.example/a,false",
        "https://hub.example,https://hub.example.evil/a,false",
        "https://hub.example,https://cdn.hub.example/a,false",
        "http://hub.example,http://hub.example:80/a,true",
    })
    void isOwn_schemeHostAndPort_mustAllBeTheHubs(URI endpoint, URI uri, boolean own) {
        assertThat(new Redirects(endpoint).isOwn(uri)).isEqualTo(own);
    }
}
