// Protocols/openapi.yaml as it is served. Never edited by hand: a test holds the two together, and writes this file
// when FENLIU_WRITE_OPENAPI is set.

// swift-format-ignore-file
enum OpenAPIDocument {
    static let text = #"""
        openapi: 3.1.0
        info:
          title: Fenliu
          version: "1"
          description: |
            Gives every buyer of an online shop to the right handler, durably, and explains each decision.

            Times are RFC 3339 in UTC with milliseconds. IDs of shops, agents, buyers, groups and orders are the client's own
            strings, 1 to 64 bytes of UTF-8 without control characters. Every response carries `Date`, `X-Server-Time`
            (milliseconds since 1970) and `X-Request-Id`.

            Every `POST` takes `Idempotency-Key` or the body's `id`: the same key gives the same answer, and with another body
            409. Keys of different accounts never meet: those of a buyer's, an agent's or a bot's token are its own, those of
            merchants' and operators' tokens are the shop's. A time `at` in the body is not compared.

            A body with a field that is not known, a name twice, NUL, a lone surrogate or bytes that are no UTF-8 is refused.
            What a token may not see is answered 404, as what is not there.
        servers:
          - url: /
        security:
          - bearer: []
        tags:
          - name: health
          - name: cluster
          - name: shop
          - name: roster
          - name: buyer
          - name: session
          - name: explanation
          - name: score
          - name: stream
        paths:
          /healthz:
            get:
              operationId: getHealth
              tags: [health]
              summary: The process lives.
              security: []
              responses:
                "200": { $ref: "#/components/responses/Status" }
          /readyz:
            get:
              operationId: getReadiness
              tags: [health]
              summary: The process can serve.
              security: []
              responses:
                "200": { $ref: "#/components/responses/Status" }
                "503": { $ref: "#/components/responses/Status" }
          /metrics:
            get:
              operationId: getMetrics
              tags: [health]
              summary: Figures of this process, as Prometheus text.
              security: []
              responses:
                "200":
                  description: The figures.
                  content:
                    text/plain: { schema: { type: string } }
          /version:
            get:
              operationId: getVersion
              tags: [health]
              summary: Name and version of the release.
              security: []
              responses:
                "200":
                  description: The version.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [name, version, api]
                        properties:
                          name: { type: string }
                          version: { type: string }
                          api: { type: string }
          /openapi.yaml:
            get:
              operationId: getDescription
              tags: [health]
              summary: This description.
              security: []
              responses:
                "200":
                  description: The description.
                  content:
                    application/yaml: { schema: { type: string } }
          /v1/cluster:
            get:
              operationId: getCluster
              tags: [cluster]
              summary: Processes, shards, terms and lags. Operators only.
              responses:
                "200":
                  description: The cluster.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Cluster" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/clock:
            get:
              operationId: getClock
              tags: [cluster]
              summary: The cluster's time. Operators only.
              responses:
                "200": { $ref: "#/components/responses/Clock" }
                default: { $ref: "#/components/responses/Problem" }
            post:
              operationId: moveClock
              tags: [cluster]
              summary: Moves the manual clock. Operators only.
              description: |
                Answers when every process is there and every timer due until then has fired. 409 `clockBackwards` for a time
                before the present one, 409 `clockNotManual` under the system's clock.
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      minProperties: 1
                      maxProperties: 1
                      properties:
                        now: { $ref: "#/components/schemas/Time" }
                        advance: { type: number, minimum: 0, maximum: 315360000, description: Seconds. }
              responses:
                "200": { $ref: "#/components/responses/Clock" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: getShop
              tags: [shop]
              summary: The shop. Merchants.
              responses:
                "200":
                  description: The shop.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Shop" } }
                default: { $ref: "#/components/responses/Problem" }
            put:
              operationId: setShop
              tags: [shop]
              summary: Creates or replaces a shop. Operators only.
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [name]
                      properties:
                        name: { type: string, maxLength: 256 }
                        timeZone: { type: string, default: Asia/Shanghai, description: IANA name. }
                        toolLevel: { type: string, enum: [basic, intermediate, advanced], default: basic }
                        relationVolume: { type: integer, minimum: 0 }
                        pilotStandard: { type: string, maxLength: 64 }
              responses:
                "200":
                  description: The shop as it stands.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Shop" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/settings:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: getSettings
              tags: [shop]
              summary: The settings, with their version as `ETag`. Merchants.
              responses:
                "200": { $ref: "#/components/responses/Settings" }
                default: { $ref: "#/components/responses/Problem" }
            put:
              operationId: setSettings
              tags: [shop]
              summary: Replaces the sections that are given. Merchants.
              description: |
                A section that is given replaces the one before: fields that it leaves out take their defaults. Other sections
                stay. With `If-Match`, or with `version` in the body, it is refused with 412 `versionMismatch` unless that is
                the current version.
              parameters:
                - { name: If-Match, in: header, schema: { type: string }, example: '"3"' }
              requestBody:
                required: true
                content:
                  application/json: { schema: { $ref: "#/components/schemas/Settings" } }
              responses:
                "200": { $ref: "#/components/responses/Settings" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/board:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: getBoard
              tags: [shop]
              summary: Agents with presence and load, queue, pool, and waiting buyers, longest first. Merchants.
              responses:
                "200":
                  description: The board.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Board" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/import:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            post:
              operationId: importArchive
              tags: [shop]
              summary: Takes over an archive of any size. Merchants.
              description: |
                One JSON object a line, each a `buyer`, `order`, `interest` or `message`; a line has at most 256 KiB. Lines are
                done in order. Giving the same lines again changes nothing. Where the cluster cannot take a line the answer is
                503 and names it; what came before may be done, and the same file can be sent again. No `Idempotency-Key` is
                needed.
              requestBody:
                required: true
                content:
                  application/x-ndjson: { schema: { $ref: "#/components/schemas/ImportLine" } }
              responses:
                "200":
                  description: What came of the lines.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/ImportResult" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/agents:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: listAgents
              tags: [roster]
              summary: All agents with their load. Merchants.
              responses:
                "200":
                  description: The agents, in order of their IDs.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [data, next_cursor]
                        properties:
                          data: { type: array, items: { $ref: "#/components/schemas/AgentLoad" } }
                          next_cursor: { type: "null" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/agents/{agent}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Agent" }
            get:
              operationId: getAgent
              tags: [roster]
              summary: One agent with its load. Merchants, and the agent.
              responses:
                "200":
                  description: The agent.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/AgentLoad" } }
                default: { $ref: "#/components/responses/Problem" }
            put:
              operationId: setAgent
              tags: [roster]
              summary: Creates or replaces an agent. Merchants.
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      properties:
                        name: { type: string, maxLength: 256 }
                        weight: { type: integer, minimum: 0, maximum: 1000, default: 100 }
                        groups: { type: array, maxItems: 1000, items: { $ref: "#/components/schemas/ID" } }
                        capacity: { type: integer, minimum: 1, maximum: 100000, description: Most open sessions; none if absent. }
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
            delete:
              operationId: removeAgent
              tags: [roster]
              summary: Removes an agent, who goes offline. Merchants.
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/agents/{agent}/presence:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Agent" }
            post:
              operationId: setPresence
              tags: [roster]
              summary: Comes online, suspends, goes offline. Merchants, and the agent.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [state]
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        state: { $ref: "#/components/schemas/Presence" }
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/agents/{agent}/diagnosis:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Agent" }
            get:
              operationId: diagnoseAgent
              tags: [explanation]
              summary: Why this agent gets nothing, or what it gets. Merchants, and the agent.
              responses:
                "200":
                  description: The reasons.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Diagnosis" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/groups:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: listGroups
              tags: [roster]
              summary: All groups. Merchants.
              responses:
                "200":
                  description: The groups.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [data, next_cursor]
                        properties:
                          data: { type: array, items: { $ref: "#/components/schemas/Group" } }
                          next_cursor: { type: "null" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/groups/{group}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Group" }
            get:
              operationId: getGroup
              tags: [roster]
              summary: One group. Merchants.
              responses:
                "200":
                  description: The group.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Group" } }
                default: { $ref: "#/components/responses/Problem" }
            put:
              operationId: setGroup
              tags: [roster]
              summary: Creates or replaces a group. Merchants.
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      properties:
                        name: { type: string, maxLength: 256 }
                        orderStates: { type: array, items: { $ref: "#/components/schemas/OrderState" } }
                        products: { type: array, maxItems: 1000, items: { $ref: "#/components/schemas/ID" } }
                        bot: { $ref: "#/components/schemas/BotSettings" }
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
            delete:
              operationId: removeGroup
              tags: [roster]
              summary: Removes a group; its agents leave it. Merchants.
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/buyers/{buyer}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Buyer" }
            get:
              operationId: getBuyer
              tags: [buyer]
              summary: One buyer with orders and recent contact. Merchants, and the agent who is the recent contact.
              responses:
                "200":
                  description: The buyer.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Buyer" } }
                default: { $ref: "#/components/responses/Problem" }
            put:
              operationId: setBuyer
              tags: [buyer]
              summary: Sets level, segments and exclusive agent. Merchants.
              requestBody:
                required: true
                content:
                  application/json: { schema: { $ref: "#/components/schemas/BuyerBody" } }
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/buyers/{buyer}/messages:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Buyer" }
            get:
              operationId: listBuyerMessages
              tags: [buyer]
              summary: The whole conversation, newest first. Merchants, the buyer, and the agent who is the recent contact.
              parameters:
                - { $ref: "#/components/parameters/Limit" }
                - { $ref: "#/components/parameters/Cursor" }
              responses:
                "200": { $ref: "#/components/responses/Messages" }
                default: { $ref: "#/components/responses/Problem" }
            post:
              operationId: receiveMessage
              tags: [buyer]
              summary: A buyer writes. The buyer, and merchants.
              description: |
                The message goes on with the buyer's open session or opens one, and is durable before the answer. `toAgent`
                names an agent (DIV-1); `item` is the product from whose page the buyer writes (DIV-4). `at` is only for
                merchants' and operators' tokens and never in the future. A shop's time never runs backwards:
                one that lies before its present is stamped with the present.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        kind: { $ref: "#/components/schemas/MessageKind" }
                        text: { type: string, minLength: 1, description: "1 to 8,192 bytes of UTF-8; needed for kind text." }
                        order: { $ref: "#/components/schemas/ID", description: Needed for an order card. }
                        item: { $ref: "#/components/schemas/ID" }
                        toAgent: { $ref: "#/components/schemas/ID" }
                        intent: { type: string, maxLength: 1024 }
                        at: { $ref: "#/components/schemas/Time" }
                    examples:
                      text: { value: { text: "这件有货吗" } }
                      orderCard: { value: { kind: orderCard, order: o12000279 } }
              responses:
                "201":
                  description: Who has the buyer now, and by which rule. The same key gives the same answer.
                  content:
                    application/json:
                      schema:
                        allOf:
                          - { $ref: "#/components/schemas/Outcome" }
                          - type: object
                            required: [message, session, handler, decision]
                            properties:
                              message: { $ref: "#/components/schemas/ID" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/buyers/{buyer}/human:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Buyer" }
            post:
              operationId: askForHuman
              tags: [buyer]
              summary: The buyer asks for a human. The buyer, and merchants.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                content:
                  application/json: { schema: { $ref: "#/components/schemas/OnlyID" } }
              responses:
                "200": { $ref: "#/components/responses/Outcome" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/orders/{order}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { name: order, in: path, required: true, schema: { $ref: "#/components/schemas/ID" } }
            put:
              operationId: setOrder
              tags: [buyer]
              summary: Sets an order. One that is older than what is known changes nothing. Merchants.
              requestBody:
                required: true
                content:
                  application/json: { schema: { $ref: "#/components/schemas/OrderBody" } }
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/interests:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            post:
              operationId: recordInterest
              tags: [buyer]
              summary: A buyer looked at, favoured or carted an item. Merchants.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [buyer, kind, item, at]
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        buyer: { $ref: "#/components/schemas/ID" }
                        kind: { type: string, enum: [browse, favourite, cart] }
                        item: { $ref: "#/components/schemas/ID" }
                        at: { $ref: "#/components/schemas/Time" }
              responses:
                "201": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/sessions:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: listSessions
              tags: [session]
              summary: Sessions by number. Merchants; an agent gets its own.
              parameters:
                - { name: state, in: query, schema: { type: string, enum: [open, ended], default: open } }
                - { name: agent, in: query, schema: { $ref: "#/components/schemas/ID" } }
                - { name: buyer, in: query, schema: { $ref: "#/components/schemas/ID" } }
                - { $ref: "#/components/parameters/Limit" }
                - { $ref: "#/components/parameters/Cursor" }
              responses:
                "200":
                  description: A page of sessions.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [data, next_cursor]
                        properties:
                          data: { type: array, items: { $ref: "#/components/schemas/Session" } }
                          next_cursor: { type: [string, "null"] }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/sessions/{session}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Session" }
            get:
              operationId: getSession
              tags: [session]
              summary: One session with its handlers and decisions. Merchants, and agents or the bot who have or had it.
              responses:
                "200":
                  description: The session.
                  content:
                    application/json:
                      schema:
                        allOf:
                          - { $ref: "#/components/schemas/Session" }
                          - type: object
                            required: [handlers]
                            properties:
                              handlers: { type: array, items: { $ref: "#/components/schemas/HandlerStep" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/sessions/{session}/messages:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Session" }
            get:
              operationId: listSessionMessages
              tags: [session]
              summary: The messages of a session, oldest first. Merchants, and agents or the bot who have or had it.
              parameters:
                - { $ref: "#/components/parameters/Limit" }
                - { $ref: "#/components/parameters/Cursor" }
              responses:
                "200": { $ref: "#/components/responses/Messages" }
                default: { $ref: "#/components/responses/Problem" }
            post:
              operationId: sendMessage
              tags: [session]
              summary: The session's handler writes to the buyer. The agent, the bot, and merchants for an agent.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [text]
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        text: { type: string, minLength: 1, description: "1 to 8,192 bytes of UTF-8." }
                        class: { $ref: "#/components/schemas/MessageClass" }
                        auto: { type: boolean, default: false, description: A canned reply; it does not answer (RR-2). }
                        noAnswer: { type: boolean, default: false, description: Only from a bot's token. }
                        account: { $ref: "#/components/schemas/ID", description: The agent; needed with a merchant's token. }
              responses:
                "201":
                  description: The message is in the conversation.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [message, session, sequence]
                        properties:
                          message: { $ref: "#/components/schemas/ID" }
                          session: { $ref: "#/components/schemas/SessionID" }
                          sequence: { type: integer }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/sessions/{session}/transfer:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Session" }
            post:
              operationId: transferSession
              tags: [session]
              summary: Gives a session to an agent, a group, or from a bot to a human. The handler, and merchants.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      description: Exactly one of toAgent, toGroup, toHuman.
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        toAgent: { $ref: "#/components/schemas/ID" }
                        toGroup: { $ref: "#/components/schemas/ID" }
                        toHuman: { type: boolean, const: true }
                        reason: { type: string, maxLength: 1024 }
                        force: { type: boolean, default: false, description: Also beyond the limit of transfers (DIV-9). }
                        account: { $ref: "#/components/schemas/ID" }
              responses:
                "200": { $ref: "#/components/responses/Outcome" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/sessions/{session}/close:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Session" }
            post:
              operationId: closeSession
              tags: [session]
              summary: Ends a session. The handler, and merchants.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        account: { $ref: "#/components/schemas/ID" }
              responses:
                "200": { $ref: "#/components/responses/Changed" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/decisions/{decision}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { name: decision, in: path, required: true, schema: { $ref: "#/components/schemas/DecisionID" } }
            get:
              operationId: explainDecision
              tags: [explanation]
              summary: The whole explanation of one decision (DIV-10). Merchants, and the agent who was chosen.
              responses:
                "200":
                  description: The explanation.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Explanation" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/definitions:
            get:
              operationId: listDefinitions
              tags: [score]
              summary: The definitions that ship (RR-5); each may be named in `definition`.
              security: []
              responses:
                "200":
                  description: The definitions.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [data, next_cursor]
                        properties:
                          data: { type: array, items: { $ref: "#/components/schemas/Definition" } }
                          next_cursor: { type: "null" }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/scorecards:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: listScorecards
              tags: [score]
              summary: The days of a range on which something was asked (RR-1). At most 366 days; JSON or CSV.
              parameters:
                - { name: from, in: query, required: true, schema: { type: string, format: date } }
                - { name: to, in: query, required: true, schema: { type: string, format: date }, description: Included. }
                - { name: definition, in: query, schema: { $ref: "#/components/schemas/DefinitionName" } }
                - { name: format, in: query, schema: { type: string, enum: [json, csv] }, description: "Default by `Accept`." }
              responses:
                "200":
                  description: The cards, in order of days.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [data, next_cursor]
                        properties:
                          data: { type: array, items: { $ref: "#/components/schemas/Scorecard" } }
                          next_cursor: { type: "null" }
                    text/csv: { schema: { type: string } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/scorecards/{date}:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Date" }
            get:
              operationId: getScorecard
              tags: [score]
              summary: One day, under any definition; today's runs (RR-7).
              parameters:
                - { name: definition, in: query, schema: { $ref: "#/components/schemas/DefinitionName" } }
                - { name: format, in: query, schema: { type: string, enum: [json, csv] }, description: "Default by `Accept`." }
              responses:
                "200":
                  description: The card.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Scorecard" } }
                    text/csv: { schema: { type: string } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/scorecards/{date}/persontimes:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { $ref: "#/components/parameters/Date" }
            get:
              operationId: listPersonTimes
              tags: [score]
              summary: What was counted that day, what was left out, and why.
              parameters:
                - { name: definition, in: query, schema: { $ref: "#/components/schemas/DefinitionName" } }
                - { $ref: "#/components/parameters/Limit" }
                - { $ref: "#/components/parameters/Cursor" }
              responses:
                "200":
                  description: A page of units, in the order in which they began.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [data, next_cursor]
                        properties:
                          data: { type: array, items: { $ref: "#/components/schemas/PersonTime" } }
                          next_cursor: { type: [string, "null"] }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/penalties:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: getPenalties
              tags: [score]
              summary: What is in force today, with its history, escalations and violations on record (RR-6).
              responses:
                "200":
                  description: The penalties.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Penalties" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/saturation:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: getSaturation
              tags: [score]
              summary: Consults per active agent and day over the last seven whole days (MEM-4). Advice, not a gate.
              responses:
                "200":
                  description: The figures.
                  content:
                    application/json: { schema: { $ref: "#/components/schemas/Saturation" } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/benefit-days:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: getBenefitDays
              tags: [score]
              summary: Days on which the member benefit was on at 23:59 (MEM-5).
              responses:
                "200":
                  description: The number of days, and whether it is on now.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [days, on]
                        properties: { days: { type: integer }, on: { type: boolean } }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/violations:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            post:
              operationId: recordViolation
              tags: [score]
              summary: Puts a violation on record (RR-6). Operators.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [kind]
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        kind: { $ref: "#/components/schemas/ViolationKind" }
                        note: { type: string, maxLength: 1024 }
              responses:
                "201":
                  description: It is on record.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [id, kind]
                        properties:
                          id: { $ref: "#/components/schemas/ID" }
                          kind: { $ref: "#/components/schemas/ViolationKind" }
                          note: { type: string }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/escalations/{escalation}/decision:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
              - { name: escalation, in: path, required: true, schema: { type: string } }
            post:
              operationId: decideEscalation
              tags: [score]
              summary: Decides an escalation (RR-6); a later decision takes the place of the former. Operators.
              parameters:
                - { $ref: "#/components/parameters/IdempotencyKey" }
              requestBody:
                required: true
                content:
                  application/json:
                    schema:
                      type: object
                      additionalProperties: false
                      required: [outcome]
                      properties:
                        id: { $ref: "#/components/schemas/ID" }
                        outcome: { $ref: "#/components/schemas/EscalationOutcome" }
                        until: { type: string, format: date, description: The first day without it. }
                        note: { type: string, maxLength: 1024 }
              responses:
                "201":
                  description: It is decided.
                  content:
                    application/json:
                      schema:
                        type: object
                        required: [escalation, outcome]
                        properties:
                          escalation: { type: string }
                          outcome: { $ref: "#/components/schemas/EscalationOutcome" }
                          until: { type: string, format: date }
                          note: { type: string }
                default: { $ref: "#/components/responses/Problem" }
          /v1/shops/{shop}/stream:
            parameters:
              - { $ref: "#/components/parameters/Shop" }
            get:
              operationId: watchShop
              tags: [stream]
              summary: The shop's events as they become durable. Merchants all; agents, bots and buyers their own.
              description: |
                Server-sent events. `id` is a durable sequence number, `event` the event's name, `data` JSON. `Last-Event-ID`
                (or `after`) goes on after that number without gap or repeat, also while the shop moves between routers;
                without either only what happens from now on comes. A block with an `id` and no data moves the number past
                events that this reader may not see. An event `reset` says that what was missed is no longer there: read
                anew, and go on after its `last`. A comment comes each 15 s. A reader who is 1 MiB or 10 s behind is cut off.
                While an agent's stream is open the agent counts as connected (DIV-6). An agent hears `slowResponseReminded` of
                buyers who wait too long (DIV-12); merchants hear `restrictionsChanged` and `escalationRaised` (RR-6).
              parameters:
                - { name: Last-Event-ID, in: header, schema: { type: string, pattern: "^[0-9]+$" } }
                - { name: after, in: query, schema: { type: string, pattern: "^[0-9]+$" } }
              responses:
                "200":
                  description: The stream.
                  content:
                    text/event-stream: { schema: { type: string } }
                default: { $ref: "#/components/responses/Problem" }
        components:
          securitySchemes:
            bearer:
              type: http
              scheme: bearer
              bearerFormat: JWT
              description: "HS256. Claims: `role` (operator, merchant, agent, bot, courier, buyer), `shop`, `agent`, `buyer`, `exp`."
          parameters:
            Shop: { name: shop, in: path, required: true, schema: { $ref: "#/components/schemas/ID" } }
            Agent: { name: agent, in: path, required: true, schema: { $ref: "#/components/schemas/ID" } }
            Group: { name: group, in: path, required: true, schema: { $ref: "#/components/schemas/ID" } }
            Buyer: { name: buyer, in: path, required: true, schema: { $ref: "#/components/schemas/ID" } }
            Session: { name: session, in: path, required: true, schema: { $ref: "#/components/schemas/SessionID" } }
            Date: { name: date, in: path, required: true, schema: { type: string, format: date } }
            Limit: { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 1000, default: 100 } }
            Cursor: { name: cursor, in: query, schema: { type: string }, description: "`next_cursor` of the page before." }
            IdempotencyKey: { name: Idempotency-Key, in: header, schema: { $ref: "#/components/schemas/ID" } }
          responses:
            Problem:
              description: Refused or failed (RFC 9457). 401 has `WWW-Authenticate`; 429, 503 and 504 have `Retry-After`.
              content:
                application/problem+json: { schema: { $ref: "#/components/schemas/Problem" } }
            Status:
              description: In a word.
              content:
                application/json:
                  schema: { type: object, required: [status], properties: { status: { type: string, enum: [ok, ready, notReady] } } }
            Clock:
              description: The cluster's time.
              content:
                application/json:
                  schema:
                    type: object
                    required: [now, clock]
                    properties:
                      now: { $ref: "#/components/schemas/Time" }
                      clock: { type: string, enum: [system, manual] }
            Settings:
              description: The settings.
              headers:
                ETag: { schema: { type: string }, description: The version in quotes. }
              content:
                application/json: { schema: { $ref: "#/components/schemas/Settings" } }
            Changed:
              description: The thing as it was understood; `changed` is false if it stood so already.
              content:
                application/json:
                  schema: { type: object, required: [changed], properties: { changed: { type: boolean } } }
            Outcome:
              description: Who has the session now.
              content:
                application/json: { schema: { $ref: "#/components/schemas/Outcome" } }
            Messages:
              description: A page of messages.
              content:
                application/json:
                  schema:
                    type: object
                    required: [data, next_cursor]
                    properties:
                      data: { type: array, items: { $ref: "#/components/schemas/Message" } }
                      next_cursor: { type: [string, "null"] }
          schemas:
            ID: { type: string, minLength: 1, maxLength: 64, description: 1 to 64 bytes of UTF-8 without control characters. }
            SessionID: { type: string, pattern: "^s[1-9][0-9]*$" }
            DecisionID: { type: string, pattern: "^d[1-9][0-9]*$" }
            Time: { type: string, format: date-time }
            OnlyID:
              type: object
              additionalProperties: false
              properties:
                id: { $ref: "#/components/schemas/ID" }
            Presence: { type: string, enum: [offline, online, suspended] }
            OrderState:
              { type: string, enum: [noActiveOrder, unpaid, unshipped, partlyShipped, shipped, completed, refunding] }
            MessageKind: { type: string, enum: [text, orderCard], default: text }
            MessageClass: { type: string, enum: [chat, service, system, marketing, subscribed], default: chat }
            Rule:
              type: string
              enum:
                - continued
                - named
                - recentContact24h
                - recentContact72h
                - exclusiveAgent
                - bot
                - groupState
                - unboundState
                - fallbackAnyone
                - queued
                - pooled
                - transferred
                - rescued
            Cause:
              type: string
              enum:
                [arrival, handlerOffline, poolDrain, queuePull, botNoAnswer, botHandover, humanAsked, transfer, continued]
            Fraction:
              type: object
              description: An exact fraction.
              required: [numerator, denominator]
              properties:
                numerator: { type: integer }
                denominator: { type: integer, minimum: 1 }
            DefinitionName:
              type: string
              description: "`taobao-deals-2022`, `manual-rounds`, or either with `@` and its version (RR-5). Absent: what is in force on each day."
            ViolationKind: { type: string, enum: [other, massListing, notShipping] }
            EscalationOutcome: { type: string, enum: [dismissed, campaignExclusion, supervision, depositDeduction] }
            ShopRestriction: { type: string, enum: [trafficDemotion, listingBlock, campaignExclusion, supervision] }
            ScoreCounts:
              type: object
              required: [rate, numerator, denominator, servedByBot, missed, waiting]
              properties:
                rate: { type: [number, "null"], description: Percent, rounded down; null without units. The integers decide. }
                numerator: { type: integer, description: Served by the bot and answered in time. }
                denominator: { type: integer }
                servedByBot: { type: integer }
                missed: { type: integer }
                waiting: { type: integer, description: Not decided yet. }
            Scorecard:
              allOf:
                - { $ref: "#/components/schemas/ScoreCounts" }
                - type: object
                  required: [shop, date, definition, final, canMiss, closingPhrases, agents, penalties]
                  properties:
                    shop: { $ref: "#/components/schemas/ID" }
                    date: { type: string, format: date }
                    definition:
                      type: object
                      required: [name, version, since, unit, threshold]
                      properties:
                        name: { type: string }
                        version: { type: integer }
                        since: { type: string, format: date }
                        unit: { type: string, enum: [personTime, round, session, buyer] }
                        threshold: { type: string }
                    final: { type: boolean, description: The day is over. }
                    passes: { type: boolean, description: Absent without units. }
                    canMiss: { type: integer, description: How many more may be missed; negative once the day is lost (RR-7). }
                    closingPhrases:
                      type: object
                      properties:
                        included: { $ref: "#/components/schemas/ScoreCounts" }
                        exempt: { $ref: "#/components/schemas/ScoreCounts" }
                    agents:
                      type: array
                      items:
                        allOf:
                          - { $ref: "#/components/schemas/ScoreCounts" }
                          - type: object
                            required: [account, kind]
                            properties:
                              account: { type: string, description: "An agent's ID, else `bot`, `queue` or `pool`." }
                              kind: { type: string, enum: [agent, bot, queue, pool] }
                    penalties: { type: array, items: { $ref: "#/components/schemas/ShopRestriction" } }
            PersonTime:
              type: object
              required: [buyer, counts, turns]
              properties:
                buyer: { $ref: "#/components/schemas/ID" }
                account: { type: string }
                kind: { type: string, enum: [agent, bot, queue, pool] }
                counts: { type: string, enum: [answered, missed, waiting, leftOut] }
                turns:
                  type: array
                  items:
                    type: object
                    required: [session, account, questionAt, startedAt, messages, reason]
                    properties:
                      session: { $ref: "#/components/schemas/SessionID" }
                      account: { type: string }
                      questionAt: { $ref: "#/components/schemas/Time" }
                      startedAt: { $ref: "#/components/schemas/Time" }
                      messages: { type: integer }
                      end: { type: string, enum: [answered, passedOn, sessionEnded, dayOver] }
                      endedAt: { $ref: "#/components/schemas/Time" }
                      deadlineAt: { $ref: "#/components/schemas/Time" }
                      reason:
                        type: string
                        enum:
                          [served, inTime, late, unanswered, waiting, outsideHours, afterItsDay, bot, closingPhrase, queuedInTime]
            Penalties:
              type: object
              required: [today, restrictions, periods, escalations, violations]
              properties:
                today: { type: string, format: date }
                restrictions: { type: array, items: { $ref: "#/components/schemas/ShopRestriction" } }
                periods:
                  type: array
                  items:
                    type: object
                    required: [restrictions, from, failedOn]
                    properties:
                      restrictions: { type: array, items: { $ref: "#/components/schemas/ShopRestriction" } }
                      from: { type: string, format: date }
                      until: { type: string, format: date, description: The first day without it; absent while it lasts. }
                      failedOn: { type: array, items: { type: string, format: date } }
                escalations:
                  type: array
                  items:
                    type: object
                    required: [id, raisedOn, cause, failedOn, violations]
                    properties:
                      id: { type: string }
                      raisedOn: { type: string, format: date }
                      cause: { type: string, enum: [repeatedFailure, failureWithViolations] }
                      failedOn: { type: array, items: { type: string, format: date } }
                      violations: { type: array, items: { type: string } }
                      decision:
                        type: object
                        required: [outcome, at]
                        properties:
                          outcome: { $ref: "#/components/schemas/EscalationOutcome" }
                          until: { type: string, format: date }
                          note: { type: string }
                          at: { $ref: "#/components/schemas/Time" }
                violations:
                  type: array
                  items:
                    type: object
                    required: [id, kind, at]
                    properties:
                      id: { $ref: "#/components/schemas/ID" }
                      kind: { $ref: "#/components/schemas/ViolationKind" }
                      note: { type: string }
                      at: { $ref: "#/components/schemas/Time" }
            Saturation:
              type: object
              required: [from, before, days, consults, agentDays, limit, recommended]
              properties:
                from: { type: string, format: date }
                before: { type: string, format: date }
                days: { type: integer }
                consults: { type: integer }
                agentDays: { type: integer, description: Active agents, once for each day. }
                limit: { type: integer }
                perAgentAndDay: { type: number }
                saturated: { type: boolean, description: Absent without an active agent. }
                recommended: { type: boolean, description: The benefit is recommended without further staff (MEM-3). }
            Problem:
              type: object
              required: [type, title, status, detail, code, request_id]
              properties:
                type: { type: string, format: uri }
                title: { type: string }
                status: { type: integer }
                detail: { type: string }
                code:
                  type: string
                  description: |
                    malformedBody, malformedTarget 400 · unauthorized 401 · notFound, unknownShop, unknownAgent, unknownGroup,
                    unknownBuyer, unknownOrder, unknownSession, unknownDecision 404 · methodNotAllowed 405 · commandReused,
                    sessionEnded, notHandler, targetOffline, sameHandler, targetFull, tooManyTransfers, clockBackwards,
                    clockNotManual 409 · versionMismatch 412 · bodyTooLarge 413 · invalid, timeInFuture, timeRefused,
                    unknownDefinition, futureDay, rangeTooLong, detailsGone, and the
                    unknown… codes where the body names the thing, 422 · limitReached 429 · internalFault 500 · overloaded,
                    unavailable, scorerAway, stopping 503 · timeout 504. After unavailable and timeout it is unknown whether it took
                    effect: try again with the same key.
                errors:
                  type: array
                  items:
                    type: object
                    required: [detail]
                    properties:
                      pointer: { type: string, description: JSON pointer into the body. }
                      parameter: { type: string, description: Part of the path, the query or the header. }
                      detail: { type: string }
                request_id: { type: string }
            Handler:
              type: object
              required: [kind]
              properties:
                kind: { type: string, enum: [agent, bot, queue, pool, courier, official] }
                agent: { $ref: "#/components/schemas/ID" }
                group: { $ref: "#/components/schemas/ID", description: Of a group's bot. }
                position: { type: integer, minimum: 1, description: Place in the queue. }
                estimatedWaitSeconds: { type: integer, minimum: 0 }
            Outcome:
              type: object
              properties:
                session: { $ref: "#/components/schemas/SessionID" }
                handler: { $ref: "#/components/schemas/Handler" }
                decision:
                  type: object
                  required: [id, rule]
                  properties:
                    id: { $ref: "#/components/schemas/DecisionID" }
                    rule: { $ref: "#/components/schemas/Rule" }
                    priorityMember: { type: boolean, default: false }
                notice: { type: string, enum: [noHumanOnline], description: A priority member whom no human can take now (MEM-1). }
                changed: { type: boolean }
            Shop:
              type: object
              required: [shop, name, timeZone, toolLevel]
              properties:
                shop: { $ref: "#/components/schemas/ID" }
                name: { type: string }
                timeZone: { type: string }
                toolLevel: { type: string }
                relationVolume: { type: integer }
                pilotStandard: { type: string }
                settingsVersion: { type: integer }
                changed: { type: boolean }
            Settings:
              type: object
              additionalProperties: false
              properties:
                version: { type: integer, minimum: 0 }
                diversion:
                  type: object
                  additionalProperties: false
                  properties:
                    busyThreshold: { type: integer, minimum: 0, maximum: 10000, default: 4 }
                    recentContactHours: { type: integer, minimum: 1, maximum: 8760, default: 72 }
                    suspendedContactHours: { type: integer, minimum: 0, default: 24 }
                    stickyIgnoresCapacity: { type: boolean, default: true }
                    unboundPick: { type: string, enum: [agents, groups], default: agents }
                    completedOrderDays: { type: integer, minimum: 0, maximum: 365, default: 15 }
                    autoSuspendAt: { type: integer, minimum: 1, maximum: 100000 }
                    streamLostSeconds: { type: integer, minimum: 1, maximum: 86400, default: 60 }
                    memberBonusSeconds: { type: integer, minimum: 0, maximum: 86400, default: 60 }
                    queueLimit: { type: integer, minimum: 1, maximum: 1000000, default: 10000 }
                    poolPerAgentMinute: { type: integer, minimum: 1, maximum: 1000, default: 5 }
                    transferLimit: { type: integer, minimum: 0, maximum: 100, default: 3 }
                    transferWindowMinutes: { type: integer, minimum: 1, maximum: 1440, default: 10 }
                    idleMinutes: { type: integer, minimum: 1, maximum: 10080, default: 30 }
                    abandonHours: { type: integer, minimum: 1, maximum: 720, default: 24 }
                bot: { $ref: "#/components/schemas/BotSettings" }
                memberPriority:
                  type: object
                  additionalProperties: false
                  properties:
                    enabled: { type: boolean, default: false }
                    minLevel: { type: integer, minimum: 1, maximum: 100, default: 1 }
                    segments: { type: array, maxItems: 1000, items: { type: string, maxLength: 64 } }
                scoring:
                  type: object
                  additionalProperties: false
                  description: >-
                    A day is scored by what was in force at its start (RR-5); the shop's first day by what is set on it.
                  properties:
                    definition:
                      description: A preset by name (`GET /v1/definitions`), or a definition of the shop's own.
                      oneOf:
                        - { $ref: "#/components/schemas/DefinitionName" }
                        - { $ref: "#/components/schemas/OwnDefinition" }
                    closingPhraseExempt: { type: boolean, default: false, description: "What only says thanks needs no answer (RR-4)." }
                    closingPhrases:
                      type: array
                      maxItems: 200
                      description: In the place of the built-in list; without case, spaces and punctuation.
                      items: { type: string, minLength: 1, maxLength: 48 }
                    reminderSeconds:
                      { type: integer, minimum: 10, maximum: 180, default: 100, description: "Slow-response reminder (DIV-12); never off." }
                    penalties:
                      type: object
                      additionalProperties: false
                      description: When a day fails and when that is repeated (RR-6). Only operators change it; absent, it stays.
                      properties:
                        passNumerator: { type: integer, minimum: 0, default: 2 }
                        passDenominator: { type: integer, minimum: 1, maximum: 10000, default: 5 }
                        failingDays: { type: integer, minimum: 1, maximum: 365, default: 3 }
                        violationDays: { type: integer, minimum: 0, maximum: 3650, default: 90 }
            OwnDefinition:
              type: object
              additionalProperties: false
              properties:
                name: { type: string, minLength: 1, maxLength: 64, default: own, description: "No preset's name, without `@`." }
                unit: { type: string, enum: [personTime, round, session, buyer], default: personTime }
                opensMinute: { type: integer, minimum: 0, maximum: 1439, default: 480 }
                closesMinute: { type: integer, minimum: 1, maximum: 1440, default: 1380, description: Above `opensMinute`. }
                bot: { type: string, enum: [served, leftOut], default: served }
                limitSeconds: { type: integer, minimum: 1, maximum: 86400, default: 180 }
                turnRule: { type: string, enum: [allTurns, firstTurn, anyTurn], default: allTurns }
                passNumerator: { type: integer, minimum: 0, default: 2, description: At most `passDenominator`. }
                passDenominator: { type: integer, minimum: 1, maximum: 10000, default: 5 }
            Definition:
              type: object
              required: [name, version, since, unit, opensMinute, closesMinute, bot, limitSeconds, turnRule, passNumerator, passDenominator]
              properties:
                name: { type: string }
                version: { type: integer }
                since: { type: string, format: date }
                unit: { type: string, enum: [personTime, round, session, buyer] }
                opensMinute: { type: integer }
                closesMinute: { type: integer }
                bot: { type: string, enum: [served, leftOut] }
                limitSeconds: { type: integer }
                turnRule: { type: string, enum: [allTurns, firstTurn, anyTurn] }
                passNumerator: { type: integer }
                passDenominator: { type: integer }
            BotSettings:
              type: object
              additionalProperties: false
              properties:
                mode: { type: string, enum: ["off", humanFirst, botFirst, hybrid], default: "off" }
                percent: { type: integer, minimum: 0, maximum: 100, default: 50 }
                kind: { type: string, enum: [builtIn, external], default: builtIn }
                answers:
                  type: array
                  maxItems: 1000
                  items:
                    type: object
                    additionalProperties: false
                    required: [questions, answer]
                    properties:
                      questions: { type: array, minItems: 1, maxItems: 100, items: { type: string } }
                      answer: { type: string }
                fallback: { type: string }
                humanWords: { type: array, maxItems: 100, items: { type: string } }
                noAnswerLimit: { type: integer, minimum: 1, maximum: 100, default: 2 }
            AgentLoad:
              type: object
              required: [agent, presence, open, pending, weight, effectiveWeight]
              properties:
                agent: { $ref: "#/components/schemas/ID" }
                name: { type: string }
                groups: { type: array, items: { $ref: "#/components/schemas/ID" } }
                weight: { type: integer }
                capacity: { type: integer }
                presence: { $ref: "#/components/schemas/Presence" }
                autoSuspended: { type: boolean }
                open: { type: integer, description: Open sessions. }
                pending: { type: integer, description: Buyers whose last message no human has answered. }
                effectiveWeight: { $ref: "#/components/schemas/Fraction" }
                busy: { type: boolean }
                streaming: { type: boolean, description: The agent has a stream open. }
            Group:
              type: object
              required: [group]
              properties:
                group: { $ref: "#/components/schemas/ID" }
                name: { type: string }
                orderStates: { type: array, items: { $ref: "#/components/schemas/OrderState" } }
                products: { type: array, items: { $ref: "#/components/schemas/ID" } }
                bot: { $ref: "#/components/schemas/BotSettings" }
            BuyerBody:
              type: object
              additionalProperties: false
              properties:
                memberLevel: { type: integer, minimum: 0, maximum: 100, default: 0 }
                segments: { type: array, maxItems: 1000, items: { type: string, minLength: 1, maxLength: 64 } }
                exclusiveAgent: { $ref: "#/components/schemas/ID" }
                relation:
                  type: object
                  additionalProperties: false
                  required: [since]
                  properties:
                    since: { $ref: "#/components/schemas/Time" }
            Buyer:
              type: object
              required: [buyer, memberLevel, orderState]
              properties:
                buyer: { $ref: "#/components/schemas/ID" }
                memberLevel: { type: integer }
                segments: { type: array, items: { type: string } }
                exclusiveAgent: { $ref: "#/components/schemas/ID" }
                relation: { type: object, properties: { since: { $ref: "#/components/schemas/Time" } } }
                orderState: { $ref: "#/components/schemas/OrderState" }
                orders: { type: array, items: { $ref: "#/components/schemas/OrderBody" } }
                recentContact:
                  type: object
                  properties:
                    agent: { $ref: "#/components/schemas/ID" }
                    at: { $ref: "#/components/schemas/Time" }
                session: { $ref: "#/components/schemas/SessionID", description: The open one. }
            OrderBody:
              type: object
              required: [buyer, state, updatedAt]
              properties:
                order: { $ref: "#/components/schemas/ID", description: Only in answers. }
                buyer: { $ref: "#/components/schemas/ID" }
                state: { $ref: "#/components/schemas/OrderState", description: Never noActiveOrder. }
                updatedAt: { $ref: "#/components/schemas/Time" }
                packages:
                  type: array
                  items:
                    type: object
                    additionalProperties: false
                    required: [id, carrier]
                    properties:
                      id: { type: string, minLength: 1, maxLength: 64 }
                      carrier: { type: string, minLength: 1, maxLength: 64 }
                items: { type: array, items: { $ref: "#/components/schemas/ID" } }
                total: { type: integer, minimum: 0, description: In the currency's smallest unit. }
            ImportLine:
              oneOf:
                - allOf:
                    - { $ref: "#/components/schemas/BuyerBody" }
                    - { type: object, required: [kind, buyer], properties: { kind: { const: buyer } } }
                - allOf:
                    - { $ref: "#/components/schemas/OrderBody" }
                    - { type: object, required: [kind, order], properties: { kind: { const: order } } }
                - type: object
                  required: [kind, buyer, interest, item, at]
                  properties:
                    kind: { const: interest }
                    buyer: { $ref: "#/components/schemas/ID" }
                    interest: { type: string, enum: [browse, favourite, cart] }
                    item: { $ref: "#/components/schemas/ID" }
                    at: { $ref: "#/components/schemas/Time" }
                - type: object
                  required: [kind, id, buyer, at, text]
                  properties:
                    kind: { const: message }
                    id: { $ref: "#/components/schemas/ID" }
                    buyer: { $ref: "#/components/schemas/ID" }
                    at: { $ref: "#/components/schemas/Time" }
                    agent: { $ref: "#/components/schemas/ID", description: Who wrote it; the buyer if absent. }
                    text: { type: string, minLength: 1 }
            ImportCount:
              type: object
              required: [lines, changed, unchanged, bad]
              properties:
                lines: { type: integer }
                changed: { type: integer }
                unchanged: { type: integer }
                bad: { type: integer }
            ImportResult:
              type: object
              required: [lines, kinds, badTotal, bad]
              properties:
                lines: { type: integer, description: Lines that are not blank. }
                kinds:
                  type: object
                  properties:
                    buyer: { $ref: "#/components/schemas/ImportCount" }
                    order: { $ref: "#/components/schemas/ImportCount" }
                    interest: { $ref: "#/components/schemas/ImportCount" }
                    message: { $ref: "#/components/schemas/ImportCount" }
                badTotal: { type: integer }
                bad:
                  type: array
                  description: The first 1,000 bad lines.
                  items:
                    type: object
                    required: [line, code, detail]
                    properties:
                      line: { type: integer, minimum: 1 }
                      kind: { type: string }
                      code: { type: string }
                      detail: { type: string }
                      pointer: { type: string }
            Waiting:
              type: object
              properties:
                session: { $ref: "#/components/schemas/SessionID" }
                buyer: { $ref: "#/components/schemas/ID" }
                handler: { $ref: "#/components/schemas/Handler" }
                message: { $ref: "#/components/schemas/ID" }
                since: { $ref: "#/components/schemas/Time" }
                deadlineAt: { $ref: "#/components/schemas/Time" }
            Board:
              type: object
              required: [at, agents, open, queued, pooled, withBot, waiting, waitingTotal]
              properties:
                at: { $ref: "#/components/schemas/Time" }
                agents: { type: array, items: { $ref: "#/components/schemas/AgentLoad" } }
                open: { type: integer }
                queued: { type: integer }
                pooled: { type: integer }
                withBot: { type: integer }
                waitingTotal: { type: integer }
                waiting: { type: array, maxItems: 1000, items: { $ref: "#/components/schemas/Waiting" } }
            Session:
              type: object
              required: [session, buyer, state, handler, openedAt, lastAt, handlerSince]
              properties:
                session: { $ref: "#/components/schemas/SessionID" }
                buyer: { $ref: "#/components/schemas/ID" }
                state: { type: string, enum: [open, ended] }
                handler: { $ref: "#/components/schemas/Handler" }
                openedAt: { $ref: "#/components/schemas/Time" }
                lastAt: { $ref: "#/components/schemas/Time" }
                handlerSince: { $ref: "#/components/schemas/Time" }
                waiting:
                  type: object
                  description: The first message of the buyer that waits for a human.
                  properties:
                    message: { $ref: "#/components/schemas/ID" }
                    since: { $ref: "#/components/schemas/Time" }
                endedAt: { $ref: "#/components/schemas/Time" }
                end: { type: string, enum: [closed, idle, abandoned] }
            HandlerStep:
              type: object
              required: [at, handler, decision, rule, cause]
              properties:
                at: { $ref: "#/components/schemas/Time" }
                handler: { $ref: "#/components/schemas/Handler" }
                decision: { $ref: "#/components/schemas/DecisionID" }
                rule: { $ref: "#/components/schemas/Rule" }
                cause: { $ref: "#/components/schemas/Cause" }
                reason: { type: string }
            Message:
              type: object
              required: [message, at, from, kind, text, class, auto]
              properties:
                message: { $ref: "#/components/schemas/ID" }
                session: { $ref: "#/components/schemas/SessionID", description: Absent for imported messages. }
                at: { $ref: "#/components/schemas/Time" }
                from:
                  type: object
                  required: [kind]
                  properties:
                    kind: { type: string, enum: [buyer, agent, bot] }
                    agent: { $ref: "#/components/schemas/ID" }
                kind: { $ref: "#/components/schemas/MessageKind" }
                text: { type: string }
                order: { $ref: "#/components/schemas/ID" }
                class: { $ref: "#/components/schemas/MessageClass" }
                auto: { type: boolean }
            Lane:
              type: object
              description: The agents over whom one counter shares out (DIV-3).
              required: [kind]
              properties:
                kind: { type: string, enum: [all, groups, unbound, anyone] }
                groups: { type: array, items: { $ref: "#/components/schemas/ID" } }
            Explanation:
              type: object
              required: [id, at, buyer, session, rule, cause, handler, settingsVersion, priorityMember, agents, steps, reproduced]
              properties:
                id: { $ref: "#/components/schemas/DecisionID" }
                at: { $ref: "#/components/schemas/Time" }
                buyer: { $ref: "#/components/schemas/ID" }
                session: { $ref: "#/components/schemas/SessionID" }
                rule: { $ref: "#/components/schemas/Rule" }
                cause: { $ref: "#/components/schemas/Cause" }
                handler: { $ref: "#/components/schemas/Handler" }
                settingsVersion: { type: integer }
                priorityMember: { type: boolean }
                inquiry:
                  type: object
                  description: What DIV-1 was asked; absent when the message continued its session.
                  properties:
                    named: { $ref: "#/components/schemas/ID" }
                    contact: { $ref: "#/components/schemas/ID" }
                    contactAt: { $ref: "#/components/schemas/Time" }
                    exclusive: { $ref: "#/components/schemas/ID" }
                    orderState: { $ref: "#/components/schemas/OrderState" }
                    items: { type: array, items: { $ref: "#/components/schemas/ID" } }
                    withoutBot: { type: boolean }
                    onlyGroup: { $ref: "#/components/schemas/ID" }
                    notAgent: { $ref: "#/components/schemas/ID" }
                lane: { $ref: "#/components/schemas/Lane" }
                agents:
                  type: array
                  items:
                    type: object
                    properties:
                      agent: { $ref: "#/components/schemas/ID" }
                      presence: { $ref: "#/components/schemas/Presence" }
                      weight: { type: integer }
                      open: { type: integer }
                      pending: { type: integer }
                      capacity: { type: integer }
                      effectiveWeight: { $ref: "#/components/schemas/Fraction" }
                      excluded:
                        type: string
                        enum: [offline, suspended, weightZero, noGroup, otherGroup, full, poolShareUsed, handedOver]
                      candidate: { type: boolean }
                      chosen: { type: boolean }
                steps:
                  type: array
                  items:
                    type: object
                    required: [step, finding, decided]
                    properties:
                      step: { type: integer, minimum: 1, maximum: 8 }
                      finding: { type: string }
                      decided: { type: boolean }
                reason: { type: string }
                reproduced: { type: boolean, description: Deciding again from the journal gives the same. }
            Diagnosis:
              type: object
              required: [agent, reasons, lanes]
              properties:
                agent: { $ref: "#/components/schemas/AgentLoad" }
                reasons:
                  type: array
                  items:
                    type: object
                    required: [code, detail]
                    properties:
                      code: { type: string, enum: [offline, suspended, weightZero, noGroup, botFirst, full, busy] }
                      detail: { type: string }
                lanes:
                  type: array
                  items:
                    type: object
                    properties:
                      lane: { $ref: "#/components/schemas/Lane" }
                      orderStates: { type: array, items: { $ref: "#/components/schemas/OrderState" } }
                      candidates: { type: integer }
                      sharePerMillion: { type: integer }
            Cluster:
              type: object
              required: [epoch, shards, processes]
              properties:
                epoch: { type: integer }
                shards: { type: integer }
                manualClock: { $ref: "#/components/schemas/Time" }
                processes:
                  type: array
                  items:
                    type: object
                    required: [name, role, pid, ready, restarts]
                    properties:
                      name: { type: string }
                      role: { type: string, enum: [supervisor, router, ingress, scorer, campaignWorker, command] }
                      pid: { type: integer }
                      socket: { type: string }
                      url: { type: string }
                      ready: { type: boolean }
                      restarts: { type: integer }
                      epoch: { type: integer }
                      connections: { type: integer }
                      shards:
                        type: array
                        items:
                          type: object
                          properties:
                            shard: { type: integer }
                            state: { type: string, enum: [opening, open, draining, failed] }
                            term: { type: integer }
                            durable: { type: integer }
                            checkpoint: { type: integer }
                            checkpointLag: { type: integer }
                            shops: { type: integer }
                            residentBuyers: { type: integer }
                            openSessions: { type: integer }
                            followers: { type: integer }

        """#
}
