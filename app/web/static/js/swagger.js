// Whoever tries the API here brings a token or a key: the page's own session lets nobody in.
const place = document.getElementById("api");
SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  syntaxHighlight: false,
});
