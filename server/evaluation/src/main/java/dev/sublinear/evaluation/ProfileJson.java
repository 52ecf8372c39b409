package dev.sublinear.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.settings.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** A calibration as the file that {@link Profile} reads. */
public final class ProfileJson {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ProfileJson() {}

    /** Writes {@code kv-profile.json} into a directory and returns its path. */
    public static Path write(Calibrated calibrated, String model, String fingerprint, Path directory)
            throws IOException {
        Setting setting = calibrated.setting();
        Target target = calibrated.goal().target();
        ObjectNode json = JSON.createObjectNode().put("format", Profile.FORMAT);
        json.putObject("model").put("name", model).put("fingerprint", fingerprint);
        json.putObject("cache")
                .put("budget", setting.budget())
                .put("scorer", setting.scorer())
                .put("sinks", setting.sinks())
                .put("recent", setting.recent())
                .put("recent-share", setting.recentShare())
                .put("slack", setting.slack());
        ObjectNode measured = json.putObject("measured")
                .put("date", LocalDate.now(ZoneOffset.UTC).toString())
                .put(target.measure().key(), target.nats())
                .put("met", calibrated.met());
        measured.set("exponent", JSON.valueToTree(calibrated.exponent()));
        measured.set("fitted-on", JSON.valueToTree(calibrated.fitted()));
        measured.set("checked-on", JSON.valueToTree(calibrated.checkedOn()));
        measured.set("checked", JSON.valueToTree(calibrated.checked()));
        Path file = directory.resolve(Profile.FILE);
        Files.writeString(file, JSON.writeValueAsString(json) + "\n");
        return file;
    }
}
