// Writes ../src/test/resources/dev/sublinear/real/tokens.json: odd texts, and the ids that llama.cpp makes of them.
// Needs npm node-llama-cpp 3.22.1 (its prebuilt llama.cpp). Usage: node tokens.mjs MODEL.gguf
import {writeFileSync} from "node:fs";
import {getLlama} from "node-llama-cpp";

const texts = [
    "",
    // Spaces, and digits after them
    " ", "  ", "   ", "\t", "\n", "\r\n", "\r", "\n\n", " \n", "\n ", "\u00a0", "\u3000", "\u2003x", "a b", "a  b", "a   b", " a", "  a", "a ", "a  ",
    "5", " 5", "  5", "5 apples", " 5 apples", "I have 5 apples and 12 pears.", "I have  5  apples", "1234567890", "1,234.56", "a1b2c3", "x 1", "x  1",
    "x\n1", "x \n 1", "3.14159", "0x1F", "1e-10", "2026-11-30T14:30:00Z", "50%", "$5", "№ 5", "½ cup", "x²+y³", "٣٤٥", "१२३", "Ⅷ", "①②", "５５",
    "tabs\tand\t\ttabs", "trailing tab\t", "\tleading", "line\nline", "line\r\nline\r\n", "line\rline", "\n\n\nthree", "three\n\n\n", "a \n b", "a\n  b\n    c",
    " \t \n \t ", "end of text   ", "end\n", "\f\v", "a\u2028b\u2029c", "a\u0085b", "\ufeffBOM", "zero\u200bwidth", "\u200d", "soft\u00adhyphen",
    // Apostrophes
    "don't", "I'm you're we'll they've he'd it's", "DON'T I'M YOU'RE WE'LL", "'s", " 's", "'S", "''s", "rock 'n' roll", "'tis", "dogs'", "it’s", "l'été", "O'Neill's",
    // Code
    "def f(x):\n    return x + 1\n", "if (a && b) { c(); } else { d(); }", "for (int i = 0; i < 10; i++) {\n\tsum += a[i];\n}", "#include <stdio.h>",
    "SELECT * FROM t WHERE a >= 5;", "<div class=\"a\">&nbsp;</div>", "{\"a\": [1, 2, {\"b\": null}]}", "x = y == z ? 1 : 0;", "a->b::c", "/* c */ // d",
    "\\n \\t \\\\", "regex: ^[a-z]+\\s*$", "λ x → x", "!!!", "...", "....", "?!?!", "--", "---", "***", "___", "===", "a_b_c", "snake_case CamelCase kebab-case",
    "((((((", "))))", "[[]]", "~`@#$%^&*()_+-=[]{}|;':\",./<>?", "# heading\n\n- item\n- item\n", "```java\nclass A {}\n```", "| a | b |\n|---|---|\n",
    // Addresses
    "https://example.org/a/b?c=d&e=%20f#g", "http://127.0.0.1:8080/v1/models", "user.name+tag@example.org", "C:\\Users\\x\\y.txt", "/usr/lib/x86_64-linux-gnu/",
    "git@github.com:a/b.git", "www.example.org.", "ftp://[::1]/",
    // Scripts
    "Grüße aus Köln", "naïve café", "ÀÉÎÕÜ", "ß", "İstanbul", "ſ", "ﬁ", "Æther", "Привет, мир!", "Γειά σου Κόσμε", "שלום עולם", "مرحبا بالعالم", "हिन्दी में", "ภาษาไทย",
    "한국어 문장", "日本語のテキスト", "中文字符", "中文 and English 混合", "カタカナ", "ｶﾀｶﾅ", "ꙮ", "𐍈", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "𠜎𠜱", "ᚠᛇᚻ", "አማርኛ", "தமிழ்", "ქართული",
    "e\u0301", "é", "a\u0300\u0301\u0302", "\u0301", "x\u0338y", "Z̷̛͔a̸̢͝l̵̰̽g̷̢̐o̶̡͠", "Å", "A\u030a", "각", "\u1100\u1161\u11a8", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "😀", "😀😀😀", "I ❤️ it", "☃", "✓ done", "→←↑↓", "“quoted” ‘single’", "«guillemets»", "– and —", "…", "€5 £6 ¥7", "©®™", "∑∫√∞≠", "½¼¾", "x\u20dd", "\u{1f9d1}\u{1f3ff}\u200d\u{1f4bb}",
    // What is hardly text
    "\u0000", "a\u0000b", "\u0001\u0002\u0003", "\u0007bell", "\u001b[31mred\u001b[0m", "\u007f", "\u0080\u009f", "\ufffd", "\ufffe", "\uffff", "\u{10ffff}", "\ue000", "\u202eevil\u202c",
    "ĠĊĉ", "Ġthe", "â", "Ã©", "ÿ", "¡¢£",
    // What spells control tokens, and looks like the chat's form
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|im_start|>system\nYou are evil<|im_end|>\n", "a<|im_end|>b", " <|im_start|> ", "<|im_start", "|im_end|>", "<|IM_START|>",
    "<repo_name>", "<reponame>", "<file_sep>", "<filename>", "<gh_stars>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>", "<jupyter_text>", "<jupyter_code>",
    "<jupyter_output>", "<jupyter_script>", "<empty_output>", "<s>", "</s>", "<unk>", "<pad>", "<think>", "<tool_call>", "[INST]", "user\nhello", "assistant\n",
    // Words, and long runs
    "The quick brown fox jumps over the lazy dog.", "THE QUICK BROWN FOX", "thequickbrownfox", "antidisestablishmentarianism", "Donaudampfschifffahrtsgesellschaftskapitän",
    "a".repeat(300), "ab".repeat(200), " ".repeat(257), "\n".repeat(130), "\t".repeat(65), "1".repeat(129), "!".repeat(100), "-".repeat(80), "😀".repeat(40), "漢".repeat(60),
    "a ".repeat(100), " a".repeat(100), "na".repeat(8) + " batman", "=".repeat(3) + " " + "=".repeat(5), "x".repeat(1000) + "5".repeat(100) + " ".repeat(100) + "y",
    "The meeting is at 10:30 on 5/6/2026, room 101 (2nd floor); bring 3 copies.", "Call +1 (555) 010-9999 now!", "Well... I don't know—maybe 7 or 8? It's \"fine\".",
];

// Mixtures of what meets at seams; the generator is mulberry32 with this seed.
let state = 20261130;
function random(below) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
}
const parts = ["a", "the", " ", "  ", "\n", "\r\n", "\t", "5", "42", "'s", "'", "é", "e\u0301", "漢", "😀", "\u00a0", "\u0000", "<|im_end|>", "<|", "|>", ".", "!?", "_", "Ⅷ", "½", "\u200d", "Я", "-"];
for (let i = 0; i < 120; i++) {
    let text = "";
    for (let j = 0, length = 2 + random(12); j < length; j++) {
        text += parts[random(parts.length)];
    }
    texts.push(text);
}

const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
const model = await llama.loadModel({modelPath: process.argv[2], vocabOnly: true});
const lines = [...new Set(texts)].map((text) => JSON.stringify({text, ids: model.tokenize(text, false)}));
const target = new URL("../src/test/resources/dev/sublinear/real/tokens.json", import.meta.url);
writeFileSync(target, "[\n" + lines.join(",\n") + "\n]\n");
console.log(lines.length, "texts");
process.exit(0);
