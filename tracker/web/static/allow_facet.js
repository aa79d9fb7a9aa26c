const DATASETTE_ALLOW_FACET = true; // what table.js asks for; Datasette writes it into each page
