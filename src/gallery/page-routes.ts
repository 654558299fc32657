import { Hono } from 'hono'
import { readAsset, readShell } from './page-files.ts'

/** The page as it was built: its shell, and what belongs to it. */
export function pageRoutes(page: string): Hono {
  const routes = new Hono()
  routes.get('/', async (context) => {
    const shell = await readShell(page)
    return shell === undefined ? context.text('The page was not built: run "npm run build".', 500) : context.html(shell)
  })
  routes.get('/assets/:name', async (context) => {
    const file = await readAsset(page, context.req.param('name'))
    if (!file) return context.json({ error: 'There is no such file.' }, 404)
    const kept = file.isLasting ? 'private, max-age=31536000, immutable' : 'private, no-cache'
    const headers = { 'Content-Type': file.type, 'Cache-Control': kept }
    return context.body(new Uint8Array(file.bytes), 200, headers)
  })
  return routes
}
