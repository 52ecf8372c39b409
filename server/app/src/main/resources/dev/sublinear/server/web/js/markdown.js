// Markdown as nodes. No string ever becomes markup: whatever a model says, it can only make these elements.
import '../markdown-it/markdown-it.min.js';
import { codeBlock } from './code.js';
import { el } from './dom.js';

/* global markdownit */
const MOST_NESTING = 40;
const SCHEMES = ['http:', 'https:', 'mailto:'];
const reader = markdownit({ html: false, breaks: true, linkify: false, maxNesting: MOST_NESTING });
reader.validateLink = isAllowed;

const TAGS = {
  paragraph: 'p', blockquote: 'blockquote', bullet_list: 'ul', ordered_list: 'ol', list_item: 'li',
  table: 'table', thead: 'thead', tbody: 'tbody', tr: 'tr', th: 'th', td: 'td',
  strong: 'strong', em: 'em', s: 's',
};

// A last line that may yet become something else: a fence's end, a rule, a list's mark, the line under a heading.
const UNDECIDED = /(^|\n)[ \t>]*(?:[-+*=#|`~_]+|\d{1,9}[.)]?)[ \t]*$/;

/** Markdown that grows in an element: what has ended is left alone, and only the last block is made anew. */
export class Markdown {
  #host;
  #blocks = []; // {source, fence, node}
  #settled = 0; // how many of them have ended
  #from = 0; // where in the text the first that has not begins

  constructor(host) {
    this.#host = host;
  }

  /** Shows the beginning of a text, of which more will come. */
  grow(text) {
    const clean = text.replace(/\r\n?/g, '\n').replace(UNDECIDED, '$1');
    const blocks = parse(clean.slice(this.#from));
    this.#show(this.#settled, blocks);
    for (const block of blocks.slice(0, -1)) {
      this.#settled++;
      this.#from += block.source.length;
    }
  }

  /** Shows the whole of it: a link may be defined behind its use. */
  end(text) {
    this.#settled = 0;
    this.#from = 0;
    const defines = /^ {0,3}\[[^\]]+\]:/m.test(text);
    if (defines) this.#blocks = [];
    this.#show(0, parse(text.replace(/\r\n?/g, '\n')));
  }

  #show(first, blocks) {
    blocks.forEach((block, index) => {
      const before = this.#blocks[first + index];
      if (before && before.source === block.source) {
        block.node = before.node;
      } else if (before?.fence && block.fence && before.language === block.language) {
        block.node = before.node;
        block.node.textNode.data = block.tokens[0].content;
      } else {
        block.node = render(block);
      }
    });
    this.#blocks.splice(first, Infinity, ...blocks);
    const nodes = this.#blocks.map(block => block.node);
    nodes.forEach((node, at) => {
      if (this.#host.childNodes[at] !== node) this.#host.insertBefore(node, this.#host.childNodes[at] ?? null);
    });
    while (this.#host.childNodes.length > nodes.length) this.#host.lastChild.remove();
  }
}

/** Splits into blocks, whose sources together are the text. */
function parse(text) {
  const tokens = reader.parse(text, {});
  const starts = lineStarts(text);
  const blocks = [];
  for (const token of tokens) {
    if (token.level === 0 && token.nesting >= 0 && token.map) {
      blocks.push({ begin: starts[token.map[0]] ?? text.length, tokens: [], fence: token.type === 'fence', language: token.info });
    }
    blocks.at(-1).tokens.push(token);
  }
  blocks.forEach((block, at) => {
    block.source = text.slice(at === 0 ? 0 : block.begin, blocks[at + 1]?.begin ?? text.length);
  });
  return blocks;
}

function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function render({ source, tokens }) {
  if (tokens.some(token => token.level >= MOST_NESTING - 1)) {
    return el('p', { class: 'plain' }, source); // what lies deeper, the reader leaves out
  }
  const fragment = document.createDocumentFragment();
  build(tokens, fragment);
  return fragment.firstChild;
}

function build(tokens, host) {
  const open = [host];
  for (const token of tokens) {
    const name = token.type.replace(/_(open|close)$/, '');
    if (token.hidden) {
      continue; // the paragraphs of a list without blank lines
    } else if (token.nesting > 0) {
      const element = opened(name, token);
      open.at(-1).append(name === 'table' ? el('div', { class: 'wide-table' }, element) : element);
      open.push(element);
    } else if (token.nesting < 0) {
      open.pop();
    } else if (token.type === 'inline') {
      build(token.children, open.at(-1));
    } else {
      open.at(-1).append(leaf(token));
    }
  }
}

function opened(name, token) {
  switch (name) {
    case 'heading': return el(`h${Math.min(6, Number(token.tag.slice(1)) + 2)}`, { class: `md-${token.tag}` });
    case 'link': return link(token.attrGet('href'));
    case 'ordered_list': return el('ol', { start: token.attrGet('start') ?? 1 });
    case 'th': case 'td': return el(name, token.attrGet('style') ? { class: token.attrGet('style').replace('text-align:', 'to-') } : {});
    default: return el(TAGS[name] ?? 'span');
  }
}

function leaf(token) {
  switch (token.type) {
    case 'text': return token.content;
    case 'softbreak': case 'hardbreak': return el('br');
    case 'code_inline': return el('code', {}, token.content);
    case 'fence': return codeBlock(token.content, token.info.trim().split(/\s/)[0]);
    case 'code_block': return codeBlock(token.content, '');
    case 'hr': return el('hr');
    case 'image': return picture(token);
    default: return token.content;
  }
}

/** A picture is not loaded: that would tell its server who reads. */
function picture(token) {
  const element = link(token.attrGet('src'));
  element.append(token.content || token.attrGet('src'));
  return element;
}

function link(href) {
  return isAllowed(href) ? el('a', { href, rel: 'noopener noreferrer nofollow', target: '_blank' }) : el('span');
}

function isAllowed(href) {
  try {
    return SCHEMES.includes(new URL(href).protocol); // without a base: nothing that leads into this page
  } catch {
    return false;
  }
}
