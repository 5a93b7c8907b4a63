import { dateTime, durationMs, lifetimeMs } from './durations.ts'
import type { MotionMessage, PullPoints } from './pull-points.ts'
import { type OnvifFacts, type Service, SOURCE_TOKEN } from './service.ts'
import { faults, SoapFault } from './soap.ts'
import { noXml, type Xml, xml } from './xml.ts'

const EVENTS_PATH = '/onvif/event_service'
const lifetimes = { least: 1000, most: 3_600_000, absent: 60_000 }
const MAX_PULL_MS = 60_000
const MAX_MESSAGES = 100

/** ONVIF Event service: real-time pull-point notification (Core 9.1.3) of one topic, the motion alarm. */
export function eventService(facts: OnvifFacts, pullPoints: PullPoints): Service {
  const capabilities = xml`<tev:Capabilities WSSubscriptionPolicySupport="false" WSPausableSubscriptionManagerInterfaceSupport="false" MaxNotificationProducers="0" MaxPullPoints="10" PersistentNotificationStorage="false"/>`
  const endOf = (id: string): string => {
    const remainingMs = pullPoints.remainingMs(id)
    if (remainingMs === undefined) throw unknownSubscription()
    return dateTime(facts.now() + remainingMs)
  }
  const now = (): string => dateTime(facts.now())
  return {
    path: EVENTS_PATH,
    namespace: 'http://www.onvif.org/ver10/events/wsdl',
    prefix: 'tev',
    version: [2, 60],
    capabilities,
    foreign: { Renew: 'wsnt', Unsubscribe: 'wsnt' },
    operations: {
      GetServiceCapabilities: () => capabilities,
      GetEventProperties: () =>
        xml`<tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml</tev:TopicNamespaceLocation><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet><tns1:VideoSource wstop:topic="false"><MotionAlarm wstop:topic="true"><tt:MessageDescription IsProperty="true"><tt:Source><tt:SimpleItemDescription Name="Source" Type="tt:ReferenceToken"/></tt:Source><tt:Data><tt:SimpleItemDescription Name="State" Type="xs:boolean"/></tt:Data></tt:MessageDescription></MotionAlarm></tns1:VideoSource></wstop:TopicSet><wsnt:TopicExpressionDialect>http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet</wsnt:TopicExpressionDialect><tev:MessageContentFilterDialect>http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter</tev:MessageContentFilterDialect><tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd</tev:MessageContentSchemaLocation>`,
      CreatePullPointSubscription: ({ body }) => {
        const forMs = lifetimeMs(body.text('InitialTerminationTime'), facts.now(), lifetimes)
        const id = pullPoints.subscribe(forMs)
        if (id === null)
          throw new SoapFault('Receiver', ['ter:Action', 'ter:MaxPullPoints'], 'Too many pull points')
        return xml`<tev:SubscriptionReference><wsa5:Address>${facts.origin()}${EVENTS_PATH}/${id}</wsa5:Address></tev:SubscriptionReference><wsnt:CurrentTime>${now()}</wsnt:CurrentTime><wsnt:TerminationTime>${endOf(id)}</wsnt:TerminationTime>`
      },
      PullMessages: async ({ body, path, gone }) => {
        const id = subscriptionOf(path)
        if (pullPoints.remainingMs(id) === undefined) throw unknownSubscription()
        const waitMs = durationMs(body.text('Timeout'))
        const limit = Number(body.text('MessageLimit'))
        if (waitMs === undefined || !Number.isInteger(limit) || limit < 1)
          throw faults.invalid('InvalidArgs', 'Timeout or MessageLimit is not valid')
        const messages = await pullPoints.pull(
          id,
          Math.min(MAX_PULL_MS, waitMs),
          Math.min(MAX_MESSAGES, limit),
          gone,
        )
        return xml`<tev:CurrentTime>${now()}</tev:CurrentTime><tev:TerminationTime>${endOf(id)}</tev:TerminationTime>${messages.map(notification)}`
      },
      SetSynchronizationPoint: ({ path }) => {
        if (!pullPoints.synchronise(subscriptionOf(path))) throw unknownSubscription()
        return noXml
      },
      Renew: ({ body, path }) => {
        const id = subscriptionOf(path)
        if (!pullPoints.renew(id, lifetimeMs(body.text('TerminationTime'), facts.now(), lifetimes)))
          throw unknownSubscription()
        return xml`<wsnt:TerminationTime>${endOf(id)}</wsnt:TerminationTime><wsnt:CurrentTime>${now()}</wsnt:CurrentTime>`
      },
      Unsubscribe: ({ path }) => {
        if (!pullPoints.unsubscribe(subscriptionOf(path))) throw unknownSubscription()
        return noXml
      },
    },
  }
}

function subscriptionOf(path: string): string {
  return path.slice(EVENTS_PATH.length + 1)
}

function unknownSubscription(): SoapFault {
  return new SoapFault('Sender', ['ter:InvalidArgVal', 'ter:ResourceUnknown'], 'No such subscription')
}

function notification({ operation, moving, utcMs }: MotionMessage): Xml {
  return xml`<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:VideoSource/MotionAlarm</wsnt:Topic><wsnt:Message><tt:Message UtcTime="${dateTime(utcMs)}" PropertyOperation="${operation}"><tt:Source><tt:SimpleItem Name="Source" Value="${SOURCE_TOKEN}"/></tt:Source><tt:Data><tt:SimpleItem Name="State" Value="${moving}"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`
}
