// Sets the colour theme before the first paint. A classic script, because modules wait for the document.
const themes = ['system', 'light', 'dark'];
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

function applyTheme(theme) {
  const system = systemIsDark.matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = theme === 'system' ? system : theme;
}

function storedTheme() {
  try {
    return themes.find(theme => theme === localStorage.getItem('theme')) ?? 'system';
  } catch {
    return 'system'; // storage is switched off
  }
}

applyTheme(storedTheme());
