import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { ArchiverError } from '../errors.ts'
import { installedBrowsers } from './installed.ts'

/**
 * The browser's path: as given, or looked up as a command, or detected.
 *
 * Errors  ArchiverError "browser-not-found".
 */
export function findBrowser(given: string | undefined): string {
  const found = given === undefined ? installedBrowsers()[0]?.path : findCommand(given)
  if (found) return found
  const message = given
    ? `"chromiumPath" names no program that can be run: ${given}`
    : 'No Chromium-based browser was found in the usual places.'
  throw new ArchiverError('browser-not-found', message, {
    hint: 'Install Chromium, Chrome, Edge or Brave, or set "chromiumPath" in config.json to the browser you use.',
  })
}

/** The 2023 tool's config names a command ("google-chrome") as often as a path. */
function findCommand(given: string): string | undefined {
  const isPath = given.includes('/') || given.includes('\\')
  const folders = isPath ? [''] : (process.env.PATH ?? '').split(path.delimiter)
  const endings = process.platform === 'win32' && !isPath ? ['', '.exe', '.cmd'] : ['']
  const places = folders.flatMap((folder) => endings.map((ending) => path.join(folder, given + ending)))
  return places.find(isProgram)
}

function isProgram(place: string): boolean {
  try {
    accessSync(place, constants.X_OK)
    return statSync(place).isFile()
  } catch {
    return false
  }
}
