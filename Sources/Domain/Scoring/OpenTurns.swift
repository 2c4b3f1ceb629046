// The turns of a shop that run, one a buyer: packed entries in chunks, changed where they lie.
// Which run of the store holds an entry's present form is kept beside it, so that old runs can go.

/// A turn that runs, without an end; 96 bytes.
struct OpenTurn: Sendable {
    /// `plainAt` of a turn that only says thanks.
    static let notPlain = Int64.min

    var buyer: BuyerID
    var number: UInt64
    var session: UInt64
    var dayEndsAt: Int64
    var questionAt: Int64
    var startedAt: Int64
    var plainAt: Int64
    /// The run that holds it as it was last stored; 0 if none does.
    var run: Int64 = 0
    var day: Int32
    var wallMillis: Int32
    var messages: Int32
    /// Place in `AccountIndex`.
    var account: Int32
    /// It is in `TallyChanges.touched`.
    var isTouched = false
    var live = true
}

struct OpenTurns: Sendable {
    private var entries = Chunks<OpenTurn>()
    private var free: [Int32] = []
    private var index = PlaceTable()
    var count: Int { index.count }

    subscript(place: Int) -> OpenTurn {
        _read { yield entries[place] }
        _modify { yield &entries[place] }
    }

    /// Places of all that run, in no order that means anything.
    var places: some Sequence<Int> { (0..<entries.count).lazy.filter { self[$0].live } }

    static func hash(_ buyer: BuyerID) -> UInt32 {
        UInt32(truncatingIfNeeded: NameHash.of(buyer.rawValue) >> 32)
    }

    func find(_ buyer: BuyerID) -> Int? {
        index.find(Self.hash(buyer)) { self[Int($0)].buyer == buyer }.map { Int($0) }
    }

    /// Something of the place in memory where a search for that hash begins.
    func seenCell(_ hash: UInt32) -> Int { index.withHome(hash) { Int(truncatingIfNeeded: $0.pointee) } }

    /// Something of the turn that is likely to be found.
    func seenTurn(_ hash: UInt32) -> Int {
        guard let place = index.find(hash, { _ in true }) else { return 0 }
        // Near its beginning and near its end, which lie in lines of memory of their own.
        return Int(truncatingIfNeeded: entries[Int(place)].number) &+ Int(entries[Int(place)].messages)
    }

    /// Adds a turn of a buyer who has none; gives its place.
    mutating func insert(_ turn: OpenTurn) -> Int {
        let place: Int
        if let reused = free.popLast() {
            place = Int(reused)
            self[place] = turn
        } else {
            place = entries.append(turn)
        }
        index.insert(Self.hash(turn.buyer), UInt32(place))
        return place
    }

    mutating func remove(_ place: Int) {
        index.remove(Self.hash(self[place].buyer), UInt32(place))
        self[place].live = false
        self[place].isTouched = false
        free.append(Int32(place))
    }
}

/// Places of a shop's accounts.
struct AccountIndex: Sendable {
    private static let others: [ScoreAccount] = [.bot, .queue, .pool]
    private var agents = SlotIndex()
    private var accounts = others

    var count: Int { accounts.count }

    subscript(place: Int32) -> ScoreAccount { accounts[Int(place)] }

    mutating func place(of account: ScoreAccount) -> Int32 {
        switch account {
        case .agent(let agent): place(of: agent)
        case .bot: 0
        case .queue: 1
        case .pool: 2
        }
    }

    mutating func place(of agent: AgentID) -> Int32 {
        if let slot = agents[agent] { return Int32(slot + Self.others.count) }
        agents.append(agent)
        accounts.append(.agent(agent))
        return Int32(accounts.count - 1)
    }
}

/// What is stored, run by run, oldest first. A run goes when nothing in it is a turn's present form.
struct TurnRuns: Sendable {
    private struct Run {
        var id: Int64
        /// Of its turns, some of which run no more or were stored again.
        var places: [Int32]
        /// Before this, none of its turns is in its present form.
        var checked = 0
        /// Turns and ends that it holds; at least 1.
        var entries: Int
    }

    /// Runs that are left alone, however little they hold.
    static let few = 32
    /// Entries that may be out of date beside as many as are not.
    static let slack = 16

    private var runs: [Run] = []
    private var start = 0
    private var entries = 0

    var count: Int { runs.count - start }

    /// A further run; ids ascend.
    mutating func append(_ id: Int64, _ places: [Int32], entries: Int) {
        runs.append(Run(id: id, places: places, entries: max(1, entries)))
        self.entries += max(1, entries)
    }

    /// Takes out the oldest runs as far as they are worth it. What is in its present form there goes to `moved`.
    mutating func takeOld(_ open: OpenTurns, moving moved: inout [Int32]) -> [Int64] {
        var gone: [Int64] = []
        while count > Self.few {
            var oldest = runs[start]
            func isPresent(_ place: Int32) -> Bool {
                let turn = open[Int(place)]
                return turn.live && turn.run == oldest.id
            }
            while oldest.checked < oldest.places.count, !isPresent(oldest.places[oldest.checked]) {
                oldest.checked += 1
            }
            let empty = oldest.checked == oldest.places.count
            guard empty || entries > 2 * open.count + Self.slack else {
                runs[start].checked = oldest.checked
                break
            }
            for place in oldest.places[oldest.checked...] where isPresent(place) { moved.append(place) }
            gone.append(oldest.id)
            entries -= oldest.entries
            runs[start].places = []
            start += 1
        }
        if start > 64, start * 2 > runs.count {
            runs.removeFirst(start)
            start = 0
        }
        return gone
    }
}
