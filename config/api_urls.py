"""Every address of the API, version 1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from carriers.api import EventsView
from config import api_schema as api_schema
from exceptions_queue.api import CasesView
from shipments.api import ShipmentView

app_name = "api"
urlpatterns = [
    path("events/", EventsView.as_view(), name="events"),
    path("shipments/<str:carrier>/<str:number>/", ShipmentView.as_view(), name="shipment"),
    path("cases/", CasesView.as_view(), name="cases"),
    # The schema says nothing that the source code does not: it needs no token.
    path("schema/", SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]), name="schema"),
]
