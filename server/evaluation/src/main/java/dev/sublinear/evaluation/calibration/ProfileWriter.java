package dev.sublinear.evaluation.calibration;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.evaluation.setting.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Writes a calibration as the file that {@link Profile} reads. */
public final class ProfileWriter {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ProfileWriter() {}

    /** Writes {@code kv-profile.json} into a directory and returns its path. */
    public static Path write(CalibrationResult result, String model, String fingerprint, Path directory)
            throws IOException {
        Setting setting = result.setting();
        QualityTarget target = result.goal().target();
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
                .put("met", result.met());
        measured.set("exponent", JSON.valueToTree(result.exponent()));
        measured.set("fitted-on", JSON.valueToTree(result.fitted()));
        measured.set("checked-on", JSON.valueToTree(result.checkedOn()));
        measured.set("checked", JSON.valueToTree(result.checked()));
        Path file = directory.resolve(Profile.FILE);
        Files.writeString(file, JSON.writeValueAsString(json) + "\n");
        return file;
    }
}
