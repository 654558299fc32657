import type { PretendSite } from '../site.ts'
import { bytesRoutes } from './bytes.ts'
import { libraryRoutes } from './library.ts'
import { lookUpRoutes } from './look-ups.ts'
import { pageRoutes } from './pages.ts'
import { readRoutes } from './reads.ts'
import { roomRoutes } from './rooms.ts'
import type { Route } from './route.ts'
import { socketRoutes } from './sockets.ts'
import { tourRoutes } from './tour.ts'
import { turnRoutes } from './turns.ts'
import { workspaceRoutes } from './workspaces.ts'

/** The table of routes; no two of them match the same request. */
export const routesOf = (site: PretendSite): readonly Route[] => [
  ...pageRoutes(site),
  ...turnRoutes(site),
  ...readRoutes(site),
  ...roomRoutes(site),
  ...libraryRoutes(site),
  ...workspaceRoutes(site),
  ...socketRoutes,
  ...lookUpRoutes(site),
  ...bytesRoutes(site),
  ...tourRoutes(site),
]
