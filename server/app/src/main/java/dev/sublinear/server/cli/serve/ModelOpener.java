package dev.sublinear.server.cli.serve;

import dev.sublinear.engine.source.ModelSource;
import dev.sublinear.engine.source.OpenModel;

/** Opens what the configuration names, up to its weights. */
public interface ModelOpener {
    OpenModel open(ModelSource source);
}
