// What a route asks of a shop's desk: one command, and how the desk's answer is told. A route that is nothing but such
// a call can be answered without a task (EdgeConnection), because reading its body and telling its answer are pure.

import Domain
import Wire

struct DeskCall: Sendable {
    let command: ShopCommand
    /// Where in the body the things are that the command names.
    let places: BodyPlaces
    let tell: @Sendable (Answer) -> Reply

    init(
        _ command: ShopCommand, places: BodyPlaces = .none, tell: @escaping @Sendable (Answer) -> Reply
    ) {
        self.command = command
        self.places = places
        self.tell = tell
    }

    func reply(to result: Result<Answer, DeskError>) throws(Problem) -> Reply {
        switch result {
        case .success(let answer): return tell(answer)
        case .failure(let error): throw Problem(error, places: places)
        }
    }
}
