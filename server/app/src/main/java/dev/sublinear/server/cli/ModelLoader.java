package dev.sublinear.server.cli;

import dev.sublinear.engine.generation.LanguageModel;
import dev.sublinear.engine.source.OpenModel;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;

/** Loads an opened model, on the thread that will own it. */
interface ModelLoader {
    LanguageModel load(OpenModel model, Execution execution, LoadListener listener);
}
