// Prompts that show what a small cache keeps and what it lets go, and how a conversation may begin.
const filler = [
  'The road went down from the hill between two rows of old elms, and at the foot of it stood the inn, with its long low roof and its one lamp burning in the window. A carter had stopped there for the night. His horse was in the yard, and he himself sat by the fire with his boots stretched out before him, and talked of the weather and of the price of hay to anyone who would listen.',
  'It had been a wet spring. The river had twice come over the meadows, and the bridge at the mill was so much shaken that the farmers went round by the ford, which added an hour to the journey. The miller said that it would hold for another year; but the miller had said the same the year before, and nobody now drove a loaded wagon over it who could find any other way to the market.',
  'In the parlour behind the bar a young woman was writing a letter. She wrote slowly, and looked up at every sound, and when the clock struck nine she laid down her pen and went to the window. There was nothing to be seen but the rain. She stood there a long while, with her hand upon the curtain, until the landlady came in with a candle and asked whether she would take some supper.',
  'The landlady was a stout, cheerful person who had buried two husbands and was not unwilling to consider a third. She had an opinion upon every subject, and a remedy for every complaint, and she believed that there was no trouble in this world which did not look smaller after a hot dish and a glass of something warm. She set down the candle, and drew the curtain, and put another log on the fire.',
  'Towards ten the wind rose. It shook the shutters and sang in the chimney, and the old sign over the door creaked upon its hinges like a thing in pain. The carter had gone to bed. The fire sank lower, and the shadows came out of the corners of the room, and the young woman folded her letter, and sealed it, and sat with it in her lap as if she did not know to whom it should be sent.',
];

export const examples = {
  recall: {
    kind: 'completion',
    prompt: `The pass key is 48213. Remember it. 48213 is the pass key.\n\n${filler.join('\n\n')}\n\nWhat is the pass key? The pass key is`,
    maxTokens: 24,
    temperature: 0,
    budget: 'fixed:192',
  },
  story: {
    kind: 'completion',
    prompt: 'It was a dark and stormy night, and the last coach had',
    maxTokens: 400,
    temperature: 0.7,
    budget: 'power-law:alpha=8,exponent=0.5',
  },
  repeat: {
    kind: 'completion',
    prompt: Array(6).fill('The baker has a lantern. The miller has a violin. The captain has a telescope. The widow has a parrot.').join(' ') + ' The baker has a',
    maxTokens: 200,
    temperature: 0,
    budget: 'fixed:128',
  },
};

export const suggestions = [
  { title: 'What is the capital of France?', prompt: 'What is the capital city of France? Answer in one sentence.' },
  { title: 'Why is the sky blue?', prompt: 'Why is the sky blue?' },
  { title: 'Three tips for sleeping well', prompt: 'Give me three tips for sleeping well.' },
  { title: 'A Python function', prompt: 'Write a Python function that adds two numbers, with an example.' },
];
