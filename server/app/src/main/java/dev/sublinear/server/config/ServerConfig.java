package dev.sublinear.server.config;

import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.Faults;
import dev.sublinear.engine.source.ModelSource;

/**
 * All that can be set. Each part refuses values that cannot work and names them by their key.
 *
 * @see ConfigReader for where the values come from
 */
public record ServerConfig(Model model, EngineSettings engine, HttpConfig http, MetricsPush metrics) {

    /**
     * Which model runs.
     *
     * @param source the checkpoint, or what stands in for one
     * @param name what clients call it
     */
    public record Model(ModelSource source, String name) {
        private static final int MAX_NAME = 128;

        public Model {
            Faults faults = new Faults();
            faults.require(
                    !name.isBlank() && name.length() <= MAX_NAME && name.chars().noneMatch(Character::isISOControl),
                    "model-name must have 1 to %s printable characters, was \"%s\"",
                    MAX_NAME,
                    name);
            faults.raise();
        }
    }
}
