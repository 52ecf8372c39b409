// Wires the views to one stream of what the server's caches hold.
import { Chat } from './chat.js';
import { Feed } from './feed.js';
import { LiveCache } from './live-cache.js';
import { Playground } from './playground.js';
import { ServerView } from './server-view.js';
import { getJson } from './api.js';
import { initGate, openGate } from './gate.js';
import { initTheme } from './theme-button.js';
import { initTabs } from './tabs.js';
import { byId, toast } from './dom.js';

const feed = new Feed();
const views = {
  chat: new Chat(feed),
  playground: new Playground(feed),
  cache: new LiveCache(feed),
  server: new ServerView(feed),
};

initTheme(() => Object.values(views).forEach(view => view.repaint()));
const openUnnamed = initTabs(name => Object.entries(views).forEach(([key, view]) => view.show(key === name)));
initGate(() => feed.start());

feed.on('link', connected => {
  byId('link').classList.toggle('up', connected);
  byId('link-text').textContent = connected ? 'live' : 'reconnecting';
});
feed.on('server', async server => {
  byId('model').textContent = server.model;
  document.title = `${server.model} · Sublinear`;
  const model = await describedModel();
  views.chat.suit(model);
  openUnnamed(model.chat_template === 'checkpoint' ? 'chat' : 'playground');
});
feed.on('refused', openGate);
feed.start();

// A page that the browser keeps for the way back would keep its connection, and of those it has few.
addEventListener('pagehide', () => feed.stop());
addEventListener('pageshow', event => event.persisted && feed.start());

async function describedModel() {
  try {
    return (await getJson('/v1/models')).data[0];
  } catch (failure) {
    toast(failure.message);
    return {};
  }
}
