package dev.sublinear.engine.settings;

import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.util.Locale;

/** The sampling of requests that set none. */
public enum SamplingDefaults {
    /** The values of the checkpoint's generation_config.json. */
    MODEL {
        @Override
        public GenerationDefaults of(GenerationDefaults model) {
            return model;
        }
    },
    /** As OpenAI defines it: with a temperature of 1 and nothing else. */
    NONE {
        @Override
        public GenerationDefaults of(GenerationDefaults model) {
            return GenerationDefaults.NONE;
        }
    };

    /** Returns the defaults in force, given those of the model's generation_config.json. */
    public abstract GenerationDefaults of(GenerationDefaults model);

    public static SamplingDefaults parse(String text) {
        return switch (text) {
            case "model" -> MODEL;
            case "none" -> NONE;
            default -> throw new IllegalArgumentException("must be model or none, was \"" + text + "\"");
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
