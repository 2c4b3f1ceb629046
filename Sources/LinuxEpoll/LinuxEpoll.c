#include "LinuxEpoll.h"
