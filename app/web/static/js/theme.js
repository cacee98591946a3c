// Before the first paint: light or dark, as chosen or as the machine prefers.
document.documentElement.dataset.bsTheme = localStorage.getItem("theme")
  || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
