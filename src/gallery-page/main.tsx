import { render } from 'preact'
import { serverSource } from './api.ts'
import { App } from './app.tsx'
import { makeInstallable } from './installable.ts'
import { staticSource } from './static-source.ts'
import './styles/index.css'

const root = document.getElementById('gallery')
if (root) {
  const source = window.galleryData ? staticSource(window.galleryData) : serverSource()
  if (!window.galleryData) makeInstallable()
  root.replaceChildren()
  render(<App source={source} />, root)
}
