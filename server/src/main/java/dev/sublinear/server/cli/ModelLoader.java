package dev.sublinear.server.cli;

import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.server.engine.LanguageModel;
import dev.sublinear.server.source.OpenModel;

/** Loads an opened model, on the thread that will own it. */
interface ModelLoader {
    LanguageModel load(OpenModel model, Execution execution, LoadListener listener);
}
