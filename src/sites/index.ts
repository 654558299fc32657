import { chatgpt } from './chatgpt/chatgpt.ts'
import type { Site } from './site.ts'

/** Every site that is watched: a new one is a folder beside the others, and a line here. */
const sites = { chatgpt } as const satisfies Readonly<Record<string, Site>>

export const allSites: readonly Site[] = Object.values(sites)

/** The site whose page is opened first. */
export const defaultSite: Site = sites.chatgpt

/** A site by its name in records; undefined for one that this version does not know. */
export const siteNamed = (name: string): Site | undefined => allSites.find((site) => site.name === name)
