const userinfo = /([a-z][a-z0-9+.-]*:\/\/)[^\s"'<>]*@/gi
const queryCredential = /([?&;/_](?:token|access_token|password|passwd|pwd|pass|secret|key)=)[^&\s"'<>#]*/gi
const headerLine = /^([ \t>]*(?:proxy-)?(?:authorization|(?:set-)?cookie):)[^\r\n]*/gim
const headerInJson = /((?:authorization|cookie)\\?["']?\s*[:=]\s*\\?["']?)(?:\\["'\\]|[^\r\n"\\])+/gi

/**
 * Text without the credentials that people and tools put into it: `rtsp://user:pass@host` loses its
 * userinfo, query strings, paths and header lines their secrets. Greedy up to the last `@`, because passwords
 * with a bare `/` or `@` are common on cameras: too much may vanish, never too little.
 */
export function redactCredentials(text: string): string {
  return text
    .replace(userinfo, '$1***@')
    .replace(queryCredential, '$1***')
    .replace(headerLine, '$1 ***')
    .replace(headerInJson, '$1***')
}
