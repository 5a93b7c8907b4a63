import type { UtcMs } from '../../domain/time.ts'

/** Seconds between the NTP epoch (1900) and the Unix epoch. */
const ntpToUnixS = 2_208_988_800

export interface SenderReport {
  readonly ssrc: number
  /** The sender's own wall clock. */
  readonly ntpUtcMs: UtcMs
  readonly rtpTimestamp: number
  /** Middle 32 bits of the NTP time, to be given back in receiver reports. */
  readonly compactNtp: number
}

/** The sender report of a compound packet (RFC 3550 6.4.1); null where there is none or it is malformed. */
export function parseSenderReport(packet: Buffer): SenderReport | null {
  let at = 0
  while (at + 8 <= packet.length) {
    if ((packet.readUInt8(at) & 0xc0) !== 0x80) return null
    const bytes = (packet.readUInt16BE(at + 2) + 1) * 4
    if (packet.readUInt8(at + 1) === 200 && at + 28 <= packet.length) {
      const seconds = packet.readUInt32BE(at + 8)
      const fraction = packet.readUInt32BE(at + 12)
      if (seconds === 0) return null
      return {
        ssrc: packet.readUInt32BE(at + 4),
        ntpUtcMs: (seconds - ntpToUnixS) * 1000 + (fraction / 2 ** 32) * 1000,
        rtpTimestamp: packet.readUInt32BE(at + 16),
        compactNtp: ((seconds & 0xffff) * 2 ** 16 + (fraction >>> 16)) >>> 0,
      }
    }
    at += bytes
  }
  return null
}

export interface Sending {
  readonly ssrc: number
  readonly sentUtcMs: UtcMs
  /** The RTP time stamp of that moment, so that receivers can tell every picture's wall-clock time. */
  readonly rtpTimestamp: number
  readonly packets: number
  readonly payloadBytes: number
}

/** Sender report and CNAME (RFC 3550 6.4.1, 6.5.1). */
export function senderReport(sending: Sending): Buffer {
  const report = Buffer.alloc(28 + 16)
  report.writeUInt8(0x80, 0)
  report.writeUInt8(200, 1)
  report.writeUInt16BE(6, 2)
  report.writeUInt32BE(sending.ssrc, 4)
  const seconds = Math.floor(sending.sentUtcMs / 1000)
  report.writeUInt32BE((seconds + ntpToUnixS) % 2 ** 32, 8)
  report.writeUInt32BE(Math.floor((sending.sentUtcMs / 1000 - seconds) * 2 ** 32), 12)
  report.writeUInt32BE(sending.rtpTimestamp, 16)
  report.writeUInt32BE(sending.packets % 2 ** 32, 20)
  report.writeUInt32BE(sending.payloadBytes % 2 ** 32, 24)
  writeName(report, 28, sending.ssrc)
  return report
}

export interface Reception {
  readonly ssrc: number
  /** Since the last report, 0..1. */
  readonly lostShare: number
  readonly lostPackets: number
  readonly highestSequence: number
  readonly lastReport: { readonly compactNtp: number; readonly arrivedUtcMs: UtcMs } | null
}

/** Receiver report and CNAME (RFC 3550 6.4.2, 6.5.1): some cameras stop sending without them. */
export function receiverReport(ownSsrc: number, reception: Reception, nowUtcMs: UtcMs): Buffer {
  const report = Buffer.alloc(32 + 16)
  report.writeUInt8(0x81, 0)
  report.writeUInt8(201, 1)
  report.writeUInt16BE(7, 2)
  report.writeUInt32BE(ownSsrc, 4)
  report.writeUInt32BE(reception.ssrc, 8)
  report.writeUInt8(Math.min(255, Math.floor(reception.lostShare * 256)), 12)
  report.writeUIntBE(Math.min(0x7fffff, reception.lostPackets), 13, 3)
  report.writeUInt32BE(reception.highestSequence >>> 0, 16)
  if (reception.lastReport !== null) {
    const sinceS = Math.max(0, nowUtcMs - reception.lastReport.arrivedUtcMs) / 1000
    report.writeUInt32BE(reception.lastReport.compactNtp, 24)
    report.writeUInt32BE(Math.min(0xffffffff, Math.round(sinceS * 65_536)), 28)
  }
  writeName(report, 32, ownSsrc)
  return report
}

/** A source description with nothing but the CNAME: 16 bytes. */
function writeName(target: Buffer, at: number, ssrc: number): void {
  target.writeUInt8(0x81, at)
  target.writeUInt8(202, at + 1)
  target.writeUInt16BE(3, at + 2)
  target.writeUInt32BE(ssrc, at + 4)
  target.writeUInt8(1, at + 8)
  target.writeUInt8(5, at + 9)
  target.write('media', at + 10, 'latin1')
}
