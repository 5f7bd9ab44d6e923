from django.urls import path

from madoguchi.doors.agent.board import changes, closure, pages, places, replies, samples

urlpatterns = [
    path("board/", pages.last, name="board"),
    path("board/samples/removal", samples.remove, name="board_samples_removal"),
    path("board/samples/<int:pk>/", samples.show, name="board_sample"),
    path("board/samples/<int:pk>/reply", samples.reply, name="board_sample_reply"),
    path("board/samples/<int:pk>/closure", samples.close, name="board_sample_closure"),
    path("board/<slug:mode>/", pages.show, name="work_mode"),
    path("board/<slug:mode>/changes", changes.show, name="board_changes"),
    path("board/<slug:mode>/cards/<int:number>/reply", replies.create, name="board_reply"),
    path("board/<slug:mode>/cards/<int:number>/response", replies.insert, name="board_response"),
    path("board/<slug:mode>/cards/<int:number>/closure", closure.create, name="board_closure"),
    path("board/<slug:mode>/cards/<int:number>/place", places.change, name="board_place"),
]
