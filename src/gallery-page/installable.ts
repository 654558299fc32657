/**
 * Lets a browser install the page as an application: by a manifest alone. There is no service worker, so that no
 * private picture is kept anywhere but in the archive. A copy opened from a file cannot be installed.
 */
export function makeInstallable() {
  const add = (rel: string, href: string) => {
    const link = Object.assign(document.createElement('link'), { rel, href })
    // Without the cookie the gallery gives nothing away, not even this.
    if (rel === 'manifest') link.crossOrigin = 'use-credentials'
    document.head.append(link)
  }
  add('manifest', 'assets/gallery.webmanifest')
  add('apple-touch-icon', 'assets/icon-180.png')
}
