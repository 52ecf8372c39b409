package dev.sublinear.server.http;

import dev.sublinear.model.text.Tokenizer;
import dev.sublinear.server.engine.Engine;
import dev.sublinear.server.http.openai.CompletionRequest.Offer;

/**
 * What the routes are about.
 *
 * @param offer the model by its name, and the policy it runs with
 */
public record Served(Engine engine, Tokenizer tokenizer, Offer offer) {}
