package dev.sublinear.engine.settings;

import dev.sublinear.model.checkpoint.GenerationDefaults;
import java.util.Locale;

/** How requests are sampled that do not say it. */
public enum SamplingDefaults {
    /** As the checkpoint's makers would have it, by its generation_config.json. */
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

    /** Returns what is in force for a model whose makers say this. */
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
