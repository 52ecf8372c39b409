// Wires the three views to one stream of what the server's caches hold.
import { Feed } from './feed.js';
import { LiveCache } from './live-cache.js';
import { Playground } from './playground.js';
import { ServerView } from './server-view.js';
import { initGate, openGate } from './gate.js';
import { initTheme } from './theme-button.js';
import { initTabs } from './tabs.js';
import { byId } from './dom.js';

const feed = new Feed();
const views = {
  playground: new Playground(feed),
  cache: new LiveCache(feed),
  server: new ServerView(feed),
};

initTheme(() => Object.values(views).forEach(view => view.repaint()));
initTabs(name => Object.entries(views).forEach(([key, view]) => view.show(key === name)));
initGate(() => feed.start());

feed.on('link', connected => {
  byId('link').classList.toggle('up', connected);
  byId('link-text').textContent = connected ? 'live' : 'reconnecting';
});
feed.on('server', server => {
  byId('model').textContent = server.model;
  document.title = `${server.model} · Sublinear`;
});
feed.on('refused', openGate);
feed.start();
