// Shows the view that the address names, or else the one that suits the model.
import { byId } from './dom.js';

const names = ['chat', 'playground', 'cache', 'server'];

/** Returns what opens the view for an address that names none. */
export function initTabs(onShow) {
  let unnamed = null;
  const show = () => {
    const asked = location.hash.slice(1);
    const name = names.includes(asked) ? asked : unnamed;
    for (const each of names) {
      byId(each).hidden = each !== name;
      if (each === name) {
        byId(`tab-${each}`).setAttribute('aria-current', 'page');
      } else {
        byId(`tab-${each}`).removeAttribute('aria-current');
      }
    }
    if (name) onShow(name);
  };
  addEventListener('hashchange', () => {
    show();
    scrollTo(0, 0);
  });
  show();
  return name => {
    unnamed = name;
    show();
  };
}
