package dev.sublinear.server.cli;

import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelDirectory;
import dev.sublinear.server.engine.LanguageModel;

/** Makes the model of a checkpoint, on the thread that will own it. */
interface ModelLoader {
    LanguageModel load(ModelDirectory directory, Execution execution, LoadListener listener);
}
