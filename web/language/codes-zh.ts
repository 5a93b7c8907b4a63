/** Words for every stable code that the gateway or this client reports: errors, camera faults, shortfalls. */
export const codesZh = {
  // this client
  'gateway-unreachable': '连不上网关',
  'answer-malformed': '网关的回答无法读取',
  'page-load-failed': '页面加载失败',
  'request-cancelled': '已取消',
}
