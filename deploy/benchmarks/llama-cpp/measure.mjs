// How fast llama.cpp reads and decodes: node measure.mjs MODEL.gguf THREADS CONTEXT,CONTEXT,...
// Each context goes on from the one before, so a long prompt is read once. Prints a line of JSON for each.
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [path, threadsText, contextsText] = process.argv.slice(2);
const threads = Number(threadsText);
const contexts = contextsText.split(",").map(Number);
const DECODED = 33; // the first ends the prompt
const ROUNDS = 3;

const llama = await getLlama({gpu: false, build: "never", maxThreads: threads, logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath: path});
const context = await model.createContext({
    contextSize: Math.max(...contexts) + 256,
    batchSize: 512,
    threads: {ideal: threads, min: threads}
});
const sequence = context.getSequence();
const vocabulary = 49000;
let state = 1;
const token = () => 300 + (state = (state * 48271) % 2147483647) % (vocabulary - 300);

for (const depth of contexts) {
    const fresh = depth - sequence.nextTokenIndex;
    const begin = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(Array.from({length: fresh - 1}, token));
    const prefill = (fresh - 1) / (performance.now() - begin) * 1000;
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
        const times = [];
        let last = performance.now();
        for await (const chosen of sequence.evaluate([token()], {temperature: 0, yieldEogToken: true})) {
            const now = performance.now();
            times.push(now - last);
            last = now;
            if (times.length === DECODED) break;
        }
        rounds.push(times.slice(1).reduce((sum, time) => sum + time, 0) / (times.length - 1));
        await sequence.eraseContextTokenRanges([{start: depth - 1, end: sequence.nextTokenIndex}]);
    }
    console.log(JSON.stringify({
        depth, threads: context.currentThreads, read: fresh - 1, prefillTokensPerSecond: Math.round(prefill),
        decodeMillisPerToken: rounds.map((time) => Math.round(time * 10) / 10)
    }));
}
process.exit(0);
