#if PLANTED_BUGS
    import NIOCore
    import Wire

    extension Shard {
        /// `decisionAcrossAwait`: reads the shop's state, lets others run, and serves the request by what it read.
        func serveLater(_ request: RouterRequest, to: ReplyTo) {
            guard case .command(let call) = request, let shop = shops[call.shop] else { return serve(request, to: to) }
            let read = shop.guarded { $0 }
            around.loop.execute {
                self.onLoop { shard in
                    shop.guarded { $0 = read }
                    shard.serve(request, to: to)
                    shard.kick()
                    to.sink.flush()
                }
            }
        }
    }
#endif
