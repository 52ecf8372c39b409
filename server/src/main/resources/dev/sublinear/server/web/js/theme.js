// Sets the colour theme before the first paint. A classic script, because modules wait for the document.
const themes = ['system', 'light', 'dark'];

function applyTheme(theme) {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
}

function storedTheme() {
  try {
    return themes.find(theme => theme === localStorage.getItem('theme')) ?? 'system';
  } catch {
    return 'system'; // storage is switched off
  }
}

applyTheme(storedTheme());
