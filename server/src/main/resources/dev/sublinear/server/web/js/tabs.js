// Shows the view that the address names.
import { byId } from './dom.js';

const names = ['playground', 'cache', 'server'];

export function initTabs(onShow) {
  const show = () => {
    const asked = location.hash.slice(1);
    const name = names.includes(asked) ? asked : names[0];
    for (const each of names) {
      byId(each).hidden = each !== name;
      if (each === name) {
        byId(`tab-${each}`).setAttribute('aria-current', 'page');
      } else {
        byId(`tab-${each}`).removeAttribute('aria-current');
      }
    }
    onShow(name);
  };
  addEventListener('hashchange', () => {
    show();
    scrollTo(0, 0);
  });
  show();
}
