// Asks for the API key where the server wants one.
import { setKey } from './api.js';
import { byId } from './dom.js';

export function initGate(onKey) {
  byId('gate').addEventListener('submit', event => {
    event.preventDefault();
    setKey(byId('gate-key').value);
    byId('gate').hidden = true;
    onKey();
  });
}

export function openGate() {
  byId('gate').hidden = false;
  byId('gate-key').focus();
}
