// Turns the theme: as the system, light, dark.
import { byId } from './dom.js';

/* global themes, systemIsDark, applyTheme, storedTheme */
export function initTheme(onChange) {
  const button = byId('theme');
  let current = storedTheme();
  const label = () => button.setAttribute('aria-label', `Colour theme: ${current === 'system' ? 'as the system' : current}`);
  label();
  button.addEventListener('click', () => {
    current = themes[(themes.indexOf(current) + 1) % themes.length];
    applyTheme(current);
    try {
      localStorage.setItem('theme', current);
    } catch {
      // storage is switched off: it lasts as long as the page
    }
    label();
    onChange();
  });
  systemIsDark.addEventListener('change', () => {
    applyTheme(current);
    onChange();
  });
}
