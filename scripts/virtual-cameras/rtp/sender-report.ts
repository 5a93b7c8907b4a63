export interface SenderReport {
  readonly ssrc: number
  readonly stamp: number
  readonly utcMs: number
  readonly packets: number
  readonly octets: number
}

/** Seconds from the NTP era (1900) to the Unix epoch. */
const NTP_UNIX_OFFSET_S = 2_208_988_800

/** RTCP compound packet of RFC 3550 §6.4.1: a sender report and the CNAME that must follow it. */
export function senderReport(report: SenderReport): Buffer {
  const cname = Buffer.from(`camera-${report.ssrc.toString(16)}`)
  const sdesBytes = Math.ceil((8 + 2 + cname.length + 1) / 4) * 4
  const packet = Buffer.alloc(28 + sdesBytes)
  packet[0] = 0x80
  packet[1] = 200
  packet.writeUInt16BE(6, 2)
  packet.writeUInt32BE(report.ssrc, 4)
  const seconds = Math.floor(report.utcMs / 1000)
  packet.writeUInt32BE((seconds + NTP_UNIX_OFFSET_S) % 2 ** 32, 8)
  packet.writeUInt32BE(Math.floor(((report.utcMs - seconds * 1000) / 1000) * 2 ** 32) >>> 0, 12)
  packet.writeUInt32BE(report.stamp, 16)
  packet.writeUInt32BE(report.packets % 2 ** 32, 20)
  packet.writeUInt32BE(report.octets % 2 ** 32, 24)
  packet[28] = 0x81
  packet[29] = 202
  packet.writeUInt16BE(sdesBytes / 4 - 1, 30)
  packet.writeUInt32BE(report.ssrc, 32)
  packet[36] = 1
  packet[37] = cname.length
  cname.copy(packet, 38)
  return packet
}
