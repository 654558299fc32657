import type { ServiceSettings } from '../../src/service/settings.ts'

/** Everything that quoting may get wrong, in one name. */
export const hostile = `a "b" 'c' \\d\\ 100% %h %n $HOME \${X} $$ &amp; <e> ]]> ; # 語 é \u0007`

/** Settings of a service, with paths that a test chooses. */
export const serviceOf = (more: Partial<ServiceSettings> = {}): ServiceSettings => ({
  name: 'dalle-archiver-pictures-0123abcd',
  archive: '/home/me/pictures',
  command: [process.execPath, '/opt/dalle archiver/main.js', 'watch', '--config', '/home/me/config.json'],
  folder: '/home/me',
  environment: { PATH: '/usr/local/bin:/usr/bin' },
  log: '/home/me/Library/Logs/dalle-archiver/x.log',
  isGraphical: true,
  ...more,
})
