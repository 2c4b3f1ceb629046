import Domain
import Wire

extension Samples {
    static let agentView = AgentView(
        agent: agent, name: "Momo", groups: [group], weight: 300, capacity: 8, presence: .online, autoSuspended: false,
        open: 6, pending: 5, effectiveWeight: Fraction(300, 2), busy: true, streaming: true)
    static let sessionView = SessionView(
        session: session, buyer: buyer, state: .ended, handler: .agent(agent), openedAt: early, lastAt: time,
        handlerSince: time, waitingMessage: message, waitingSince: time, position: 1, endedAt: time, end: .idle)
    static let messageView = MessageView(
        sequence: 99, message: message, session: session, at: time, author: .agent(agent), kind: .text, text: "好",
        order: order, messageClass: .subscribed, automatic: true)

    static let views: [Sample<View>] = [
        Sample("shop", .shop(ShopView(id: shop, shop: setShop, settingsVersion: 3))),
        Sample("settings", .settings(settings)),
        Sample("agents", .agents([agentView, agentView])),
        Sample("groups", .groups([setGroup])),
        Sample(
            "buyer",
            .buyer(
                BuyerView(
                    buyer: setBuyer, orderState: .shipped, orders: [setOrder], contact: agent, contactAt: time,
                    session: session))),
        Sample(
            "board",
            .board(
                BoardView(
                    at: time, agents: [agentView], queued: 1, pooled: 2, withBot: 3, open: 4,
                    waiting: [
                        WaitingView(
                            session: session, buyer: buyer, handler: .queue, message: message, since: time,
                            deadlineAt: time + .minutes(3))
                    ], waitingTotal: 1))),
        Sample("sessions", .sessions([sessionView], next: 17)),
        Sample("sessions.last", .sessions([], next: nil)),
        Sample(
            "session",
            .session(
                sessionView,
                history: [
                    HandlerStep(
                        at: time, handler: .bot(nil), decision: DecisionID(5), rule: .bot, cause: .arrival,
                        reason: "first")
                ])),
        Sample("messages", .messages([messageView], next: 98)),
        Sample(
            "messages.authors",
            .messages(
                [.buyer, .bot].map {
                    MessageView(sequence: 1, message: message, session: nil, at: time, author: $0, text: "")
                }, next: nil)),
        Sample(
            "decision",
            .decision(
                Explanation(
                    id: DecisionID(5), at: time, buyer: buyer, session: session, rule: .unboundState, cause: .arrival,
                    handler: .agent(agent), settingsVersion: 3, priorityMember: false, inquiry: inquiry, lane: .unbound,
                    agents: [
                        CandidateView(
                            agent: agent, presence: .online, weight: 300, open: 1, pending: 0, capacity: nil,
                            effectiveWeight: Fraction(300, 1), excluded: .handedOver)
                    ], steps: [StepView(step: 8, finding: "shared by weight", decided: true)], reason: "why",
                    reproduced: true))),
        Sample(
            "diagnosis",
            .diagnosis(
                Diagnosis(
                    agent: agentView, reasons: [DiagnosisReason(code: "busy", detail: "5 pending")],
                    lanes: [
                        LaneShare(lane: .anyone, orderStates: [.unpaid], candidates: 4, sharePerMillion: 250_000)
                    ]))),
    ]

    static let status = RouterStatus(
        name: "router-1", epoch: 9,
        shards: [
            ShardStatus(
                shard: 63, state: .draining, term: 4, durable: 1 << 40, checkpoint: 12, shops: 3, residentBuyers: 1_000,
                openSessions: 40, followers: 2),
            ShardStatus(shard: 0, state: .opening), ShardStatus(shard: 1, state: .failed, fault: "corrupt: row 7"),
        ], connections: 2)

    static let routerRequests: [Sample<RouterRequest>] = [
        Sample("command", .command(ShopCommand(shop: shop, at: time, stamp: stamp, command: .receiveMessage(receive)))),
        Sample("command.unstamped", .command(ShopCommand(shop: shop, at: early, command: .sendMessage(send)))),
        Sample("query", .query(ShopQuery(shop: shop, query: .board))),
        Sample("followShard", .followShard(FollowShard(shard: 63, after: 1 << 33))),
        Sample("watchShop", .watchShop(WatchShop(shop: shop, after: 300, agent: agent))),
        Sample("watchShop.live", .watchShop(WatchShop(shop: shop))),
        Sample("status", .status),
    ]

    static let routerReplies: [Sample<RouterReply>] =
        [
            Sample("answer", .answer(answer)),
            Sample("answer.least", .answer(Answer(sequence: 0, changed: false))),
            Sample("view", .view(.settings(settings))),
            Sample("status", .status(status)),
            Sample("fault", .fault(fault)),
        ] + refusals.map { Sample("refusal.\($0.name)", .refusal($0.message)) }

    static let supervisorRequests: [Sample<SupervisorRequest>] = [
        Sample(
            "join",
            .join(
                Join(
                    role: .ingress, name: "ingress-1", pid: 4_242, socket: "run/ingress-1.sock",
                    url: "http://127.0.0.1:8080"))),
        Sample("report", .report(Report(name: "router-1", epoch: 9, ready: true, router: status))),
        Sample("clockReached", .clockReached(time)),
        Sample("scale", .scale(routers: 5)),
        Sample("clusterStatus", .clusterStatus),
        Sample("setClock", .setClock(early)),
        Sample("stop", .stop),
    ]

    static let notices: [Sample<Notice>] = [
        Sample(
            "membership",
            .membership(
                Membership(epoch: 9, shards: 64, routers: [Member(name: "router-1", socket: "run/router-1.sock")]))),
        Sample("clock", .clock(time)),
        Sample("stop", .stop),
    ]

    static let supervisorReplies: [Sample<SupervisorReply>] = [
        Sample("done", .done),
        Sample(
            "status",
            .status(
                ClusterStatus(
                    epoch: 9, shards: 64, manualClock: time,
                    processes: [
                        ProcessStatus(
                            name: "router-1", role: .router, pid: 77, socket: "run/router-1.sock", url: nil,
                            ready: true, restarts: 1, router: status)
                    ]))),
        Sample("fault", .fault(fault)),
    ]

    static let shardItems = [Sample("shardItem", ShardItem(first: 5, last: 900, body: [0, 1, 0xff]))]
    static let shopItems = [
        Sample("shopItem", ShopItem(last: 7, body: [])),
        Sample("shopItem.reset", ShopItem(reset: true, last: 7, body: [9])),
    ]
    static let identity = PeerIdentity(role: .ingress, name: "ingress-1", pid: 4_242)
    static let hellos = [Sample("hello", Hello(identity: identity, versions: 1...3))]
    static let welcomes = [Sample("welcome", Welcome(version: 2, identity: identity))]
    static let rejects = [Sample("reject", Reject(reason: "too new", versions: 1...1))]
}
