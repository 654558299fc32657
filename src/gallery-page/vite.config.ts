import { defineConfig, type Plugin } from 'vite'

/** A classic script, so that a copy of the page also works from a file, where browsers refuse modules. */
const classicScript: Plugin = {
  name: 'classic-script',
  enforce: 'post',
  transformIndexHtml: (html) =>
    html.replace('type="module" crossorigin', 'defer').replace(' crossorigin href', ' href'),
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [classicScript],
  logLevel: 'warn',
  build: {
    outDir: '../../dist/gallery-page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    // Nothing inline, not even a small picture: the page's policy allows none.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rolldownOptions: { output: { format: 'iife' } },
  },
})
